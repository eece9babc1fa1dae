"""A forest taken over from scikit-learn gives what scikit-learn gives."""

import numpy as np
import pytest
import torch
from harness_forest.forest import Forest, weights_of_training_planets
from harness_forest.growing import Rules, as_forest, grow_tree
from harness_forest.importance import importance
from sklearn.ensemble import RandomForestRegressor

TREES = 25


def problem(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, 6) and two targets (n, 2) that depend on some of them."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(n, 6)).astype(np.float32)
    targets = np.stack([np.sin(3 * features[:, 0]), features[:, 1] * features[:, 2] + 1], axis=1)
    return features, targets + 0.1 * generator.normal(size=targets.shape)


FEATURES, TARGETS = problem(400, 0)
UNSEEN, _ = problem(150, 1)


@pytest.fixture(scope="module", params=[True, False], ids=["bootstrap", "all rows"])
def pair(request) -> tuple[RandomForestRegressor, Forest]:
    """A forest of scikit-learn's and ours with the same trees."""
    theirs = RandomForestRegressor(
        TREES, min_samples_leaf=3, max_features=0.5, bootstrap=request.param, random_state=0
    ).fit(FEATURES, TARGETS)
    planets = np.arange(len(FEATURES))
    trees = []
    for number, tree in enumerate(theirs.estimators_):
        counts = np.ones(len(FEATURES), dtype=np.int64)
        if request.param:
            counts = np.bincount(theirs.estimators_samples_[number], minlength=len(FEATURES))
        trees.append(as_forest(tree.tree_, FEATURES, counts, planets))
    return theirs, Forest.join(trees)


def weights(forest: Forest, features: np.ndarray):
    return weights_of_training_planets(
        forest.leaves(torch.from_numpy(features)), forest.membership(len(FEATURES))
    )


@pytest.mark.parametrize("features", [FEATURES, UNSEEN], ids=["training", "unseen"])
def test_the_weighted_mean_is_the_prediction_of_scikit_learn(pair, features):
    theirs, ours = pair
    np.testing.assert_allclose(weights(ours, features) @ TARGETS, theirs.predict(features), atol=1e-12)


def test_planets_fall_into_the_leaves_of_scikit_learn(pair):
    theirs, ours = pair
    leaves = ours.leaves(torch.from_numpy(UNSEEN)) - ours.roots
    np.testing.assert_array_equal(leaves.numpy(), theirs.apply(UNSEEN))


def test_features_on_a_threshold_go_where_scikit_learn_sends_them(pair):
    theirs, ours = pair
    on_threshold = np.repeat(UNSEEN[:1], 200, axis=0)
    nodes = np.flatnonzero((ours.left != torch.arange(len(ours.left))).numpy())[:200]
    on_threshold[np.arange(len(nodes)), ours.feature[nodes]] = ours.threshold[nodes].float()
    leaves = ours.leaves(torch.from_numpy(on_threshold)) - ours.roots
    np.testing.assert_array_equal(leaves.numpy(), theirs.apply(on_threshold))


def test_weights_are_the_share_of_common_leaves_counted_by_hand(pair):
    theirs, ours = pair
    observed, training = theirs.apply(UNSEEN), theirs.apply(FEATURES)
    expected = np.zeros((len(UNSEEN), len(FEATURES)))
    for tree in range(TREES):
        counts = np.ones(len(FEATURES))
        if theirs.bootstrap:
            counts = np.bincount(theirs.estimators_samples_[tree], minlength=len(FEATURES))
        together = (observed[:, tree, None] == training[:, tree]) * counts
        expected += together / together.sum(axis=1, keepdims=True) / TREES
    np.testing.assert_allclose(weights(ours, UNSEEN).toarray(), expected, atol=1e-12)


def test_importance_over_all_targets_is_that_of_scikit_learn(pair):
    theirs, ours = pair
    np.testing.assert_allclose(importance(ours.gain)[0], theirs.feature_importances_, atol=1e-12)


def test_importance_for_each_target_finds_the_features_behind_it(pair):
    _, of_each = importance(pair[1].gain)
    torch.testing.assert_close(of_each.sum(0), torch.ones(2, dtype=torch.float64))
    assert of_each[:, 0].argmax() == 0
    assert set(of_each[:, 1].argsort()[-2:].tolist()) == {1, 2}


def test_copies_of_a_planet_in_one_leaf_are_added_up():
    rules = Rules(min_samples_leaf=2, max_features=1.0, bootstrap=False)
    planets = np.tile(np.arange(len(FEATURES)), 3)
    forest = grow_tree(FEATURES[planets], TARGETS[planets], planets, rules, seed=0)
    shares = weights(forest, FEATURES)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares.diagonal(), 1)  # copies of one spectrum cannot be parted


def test_a_tree_without_a_split_weights_all_planets_alike():
    rules = Rules(min_samples_leaf=300, max_features=1.0, bootstrap=False)
    forest = grow_tree(FEATURES, TARGETS, np.arange(len(FEATURES)), rules, seed=0)
    np.testing.assert_allclose(weights(forest, UNSEEN).toarray(), 1 / len(FEATURES))
    assert importance(forest.gain)[0].sum() == 0


def test_tensors_and_back_is_the_same_forest(pair):
    _, ours = pair
    copy = Forest.from_tensors(ours.tensors())
    assert (weights(ours, UNSEEN) != weights(copy, UNSEEN)).nnz == 0
