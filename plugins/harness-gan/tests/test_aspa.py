"""The layout of the image: everything can be read back, whatever the channels."""

import torch
from harness_gan.aspa import Aspa, Contents
from harness_gan.networks import Generator
from hypothesis import given
from hypothesis import strategies as st


@st.composite
def layouts(draw):
    channels = draw(st.integers(1, 60))
    wavelength = draw(st.permutations([0.5 + 0.1 * i for i in range(channels)]))
    facts, parameters = draw(st.integers(0, 9)), draw(st.integers(1, 9))
    return Aspa(wavelength, facts, parameters, draw(st.integers(2, 16)))


def contents(layout, seed, planets=3):
    generator = torch.Generator().manual_seed(seed)
    sizes = (layout.n_channels, layout.n_facts, layout.n_parameters)
    return Contents(*(3 * torch.randn(planets, size, generator=generator) for size in sizes))


@given(layouts(), st.integers(0, 2**31))
def test_what_is_encoded_is_decoded(layout, seed):
    before = contents(layout, seed)
    after = layout.decode(layout.encode(before))
    for name in ("spectrum", "facts", "parameters"):
        torch.testing.assert_close(getattr(after, name), getattr(before, name), atol=1e-5, rtol=1e-5)


@given(layouts(), st.integers(0, 2**31))
def test_every_pixel_has_one_meaning_and_the_others_are_zero(layout, seed):
    groups = ("shape_pixels", "maximum_pixels", "minimum_pixels", "fact_pixels", "parameter_pixels")
    pixels = torch.cat([getattr(layout, name).flatten() for name in groups])
    assert len(pixels.unique()) == len(pixels)
    assert int(pixels.max()) < layout.n_pixels
    image = layout.encode(contents(layout, seed))
    assert (image[:, 0, ~layout.used()] == 0).all()


@given(layouts())
def test_the_sides_suit_two_convolutions_of_stride_two(layout):
    assert layout.height % 4 == 0
    assert layout.width % 4 == 0


@given(layouts(), st.integers(0, 2**31))
def test_normalised_channels_span_each_bin_from_minus_one_to_one(layout, seed):
    pixels = layout.encode(contents(layout, seed)).flatten(1)[:, layout.shape_pixels]
    wide = layout.channels[:, :1] != layout.channels[:, -1:]  # a bin of one channel has no span
    assert (pixels.amin(-1) == -1).all()
    torch.testing.assert_close(
        pixels.amax(-1)[:, wide.flatten()], torch.ones(len(pixels), int(wide.sum())), atol=1e-4, rtol=0
    )


def test_a_bin_of_equal_channels_is_read_back():
    layout = Aspa([1.0, 2.0, 3.0], 0, 1)
    flat = Contents(torch.full((1, 3), 0.7), torch.empty(1, 0), torch.zeros(1, 1))
    torch.testing.assert_close(layout.decode(layout.encode(flat)).spectrum, flat.spectrum)


def test_channels_lie_in_the_image_by_ascending_wavelength():
    layout = Aspa([3.0, 1.0, 2.0], 0, 1)
    assert layout.channels.tolist() == [[1, 2, 0]]


def test_a_generator_draws_nothing_where_the_layout_has_nothing():
    layout = Aspa([float(i) for i in range(13)], 2, 5)
    image = Generator(layout, 4, 4)(torch.randn(6, 4))
    assert image.shape == (6, 1, layout.height, layout.width)
    assert (image[:, 0, ~layout.used()] == 0).all()
