"""Attention over channels, on any wavelength grid."""

import math

import pytest
import torch

from harness.components import FeatureLayout
from harness.embedders.attention import SelfAttentionBlock, WavelengthReader
from harness.embedders.transformer import ChannelTransformer, Transformer
from harness.embedders.wavelength_encoding import encode_wavelength
from harness.errors import HarnessError

GRID = torch.linspace(math.log(0.6), math.log(7.3), 20).exp()


def transformer(*blocks: str, n_facts: int = 0, **options: int) -> ChannelTransformer:
    embedder = Transformer.create({"context": 8, **options})
    embedder.use_layout(FeatureLayout(blocks, tuple(GRID.tolist())))
    torch.manual_seed(0)
    return embedder.architecture(embedder.layout.n_channel_features + n_facts).eval()


def of_channels(features: torch.Tensor, rows: torch.Tensor, blocks: int, channels: int) -> torch.Tensor:
    """The features with these channels, in every block, and the same facts."""
    columns = torch.cat([block * channels + rows for block in range(blocks)])
    return torch.cat([features[:, columns], features[:, blocks * channels :]], dim=1)


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_channels_moved_together_with_their_wavelengths_leave_the_context_unchanged(depth: int) -> None:
    module = transformer("spectrum", "noise", n_facts=3, depth=depth)
    features, order = torch.randn(5, 43), torch.randperm(20)
    moved = of_channels(features, order, 2, 20)
    with torch.no_grad():
        context = module(features)
        torch.testing.assert_close(module.on_grid(GRID[order].tolist())(moved), context, rtol=1e-4, atol=1e-5)
        assert (
            module(moved) - context
        ).abs().max() > 1e-3  # without their wavelengths it is another spectrum


def test_a_spectrum_whose_channels_are_all_given_twice_is_the_same_spectrum() -> None:
    module = transformer("spectrum", "noise", n_facts=2)
    features = torch.randn(5, 42)
    twice = torch.arange(20).repeat_interleave(2)
    with torch.no_grad():
        finer = module.on_grid(GRID[twice].tolist())(of_channels(features, twice, 2, 20))
        torch.testing.assert_close(finer, module(features), rtol=1e-4, atol=1e-5)


def spectra(height: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    """A band at 2.7 um of a given height on a slope that differs from planet to planet."""
    slope = torch.randn(len(height), 1)
    band = torch.exp(-0.5 * ((grid / 2.7).log() / 0.15) ** 2)
    return height[:, None] * band + slope * (grid.log() - 1)


def test_trained_on_one_grid_it_reads_another() -> None:
    module = transformer("spectrum", context=1, width=16, heads=1).train()
    steps = 120
    optimiser = torch.optim.Adam(module.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 5e-3, steps)
    for _ in range(steps):
        height = torch.randn(64)
        loss = (module(spectra(height, GRID))[:, 0] - height).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    finer = torch.linspace(math.log(0.65), math.log(7.0), 40).exp()
    height = torch.randn(500)
    with torch.no_grad():
        read = module.eval().on_grid(finer.tolist())(spectra(height, finer))[:, 0]
    assert (read - height).square().mean() < 0.1 * height.var()


def test_another_grid_has_the_same_weights() -> None:
    module = transformer("spectrum")
    other = module.on_grid([1.0, 2.0, 3.0])
    assert {id(one) for one in other.parameters()} == {id(one) for one in module.parameters()}
    assert other.n_context == module.n_context
    assert other(torch.randn(2, 3)).shape == (2, 8)


def test_noise_changes_what_is_read() -> None:
    module = transformer("spectrum", "noise")
    spectrum = torch.randn(3, 20)
    quiet, loud = torch.cat([spectrum, -torch.ones(3, 20)], 1), torch.cat([spectrum, torch.ones(3, 20)], 1)
    with torch.no_grad():
        assert (module(quiet) - module(loud)).abs().amax(dim=1).min() > 1e-3


def test_self_attention_is_that_of_torch() -> None:
    torch.manual_seed(0)
    block = SelfAttentionBlock(width=12, heads=3, dropout=0.0, scale=1.0)
    oracle = torch.nn.MultiheadAttention(12, 3, batch_first=True)
    with torch.no_grad():
        oracle.in_proj_weight.copy_(block.look.weight)
        oracle.in_proj_bias.copy_(block.look.bias)
        oracle.out_proj.weight.copy_(block.merge[0].weight)
        oracle.out_proj.bias.copy_(block.merge[0].bias)
        tokens = torch.randn(2, 7, 12)
        normed = block.norm(tokens)
        looked = tokens + oracle(normed, normed, normed)[0]
        torch.testing.assert_close(block(tokens), looked + block.network(looked))


def test_a_query_reads_a_mean_of_the_channels_about_its_wavelength() -> None:
    torch.manual_seed(0)
    reader = WavelengthReader(width=6, heads=1, queries=2, wavelength=GRID)
    tokens, places = torch.randn(3, 20, 6), torch.tensor([1.5, 5.0]).log()
    with torch.no_grad():
        reader.place.copy_(places[None])
        reader.log_reach.fill_(math.log(0.2))
        keys, values = reader.look(reader.norm(tokens)).split(6, dim=-1)
        near = -0.5 * ((GRID.log() - places[:, None]) / 0.2) ** 2
        scores = torch.einsum("qw,btw->bqt", reader.queries, keys) / math.sqrt(6) + near
        expected = torch.einsum("bqt,btw->bqw", torch.softmax(scores, dim=-1), values)
        torch.testing.assert_close(reader(tokens, GRID), expected)


def test_queries_begin_spread_over_the_channels() -> None:
    reader = WavelengthReader(width=4, heads=2, queries=5, wavelength=GRID)
    places = reader.place.detach().T.flatten()
    expected = torch.linspace(math.log(0.6), math.log(7.3), 21)[1::2]
    torch.testing.assert_close(places, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(reader.log_reach.exp().min().item(), (places[1] - places[0]).item())


def test_the_code_of_a_wavelength_is_of_its_logarithm() -> None:
    code = encode_wavelength(torch.tensor([1.0, math.exp(2.0), math.exp(8.0)], dtype=torch.float64), 3)
    root = math.sqrt(0.5)  # amplitudes: 1, root, 1/2
    expected = torch.tensor([[0, 0, 0, 1, root, 0.5], [1, 0, 0, 0, -root, 0.5], [0, 0, 0, 1, root, 0.5]])
    torch.testing.assert_close(code, expected, atol=1e-6, rtol=0)


def test_neighbouring_ariel_channels_have_different_codes() -> None:
    from harness.challenges.toy import WAVELENGTH

    code = encode_wavelength(torch.tensor(WAVELENGTH), 8)
    assert torch.pdist(code).min() > 0.1


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(HarnessError, match="Option 'heads' of transformer is 3: it must be a divisor"):
        Transformer.create({"heads": 3}, name="transformer")


def test_a_grid_with_a_negative_wavelength_is_refused() -> None:
    with pytest.raises(HarnessError, match="wavelength of channel 1 is -2 um"):
        transformer("spectrum").on_grid([1.0, -2.0])
