"""`harness reconstruct`: the channels that were not seen, from those that were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.table import Table

from harness.challenges import Observations, load
from harness.cli.figure_files import require_folder, write_picture
from harness.cli.options import print_json
from harness.cli.terminal import PlainConsole, styled
from harness.components.device import resolve_device
from harness.data.record import RunRecord
from harness.errors import HarnessError, nearest_match
from harness.figures.spectrum import SpectrumView
from harness.figures.wording import of_depth
from harness.registry.plugins import registry
from harness.runs.fitted import FittedRun, open_run
from harness.runs.home import RECORD, Home
from harness.untrusted.words import printable
from harness_gan.estimator import ExoGAN
from harness_gan.masks import masked_channels
from harness_gan.reconstruction import Reconstruction
from harness_gan.reconstruction import reconstruct as fill_in
from harness_gan.reconstruction_figure import reconstruction_figure

FOLDER = "reconstructions"  # in the folder of the run


def carry_out(
    run: str,
    masks: tuple[str, ...],
    planet: str | None,
    output: Path | None,
    device: str,
    home: str | None,
    as_json: bool,
) -> None:
    """Fill in missing channels with the generator of a RUN."""
    folder = Home(home).find(run)
    if output is not None:
        _require_picture(output)
    fitted = _open(folder, resolve_device(device))
    masked = masked_channels(masks, fitted.schema.wavelength)
    seen = _planet(fitted, planet)
    path = output or _default_path(folder, seen.title(0))
    fitted.run.quiet = False
    found = fill_in(fitted.estimator, seen.to(fitted.run.device), masked, fitted.run)  # type: ignore[arg-type]
    _draw(fitted, seen, found, path)
    if as_json:
        print_json(_document(fitted, seen, found, path))
        return
    _show(fitted, seen, found, path)


def _open(folder: Path, device: Any) -> FittedRun:
    record = RunRecord.read(folder / RECORD)
    if not issubclass(registry().get("estimator", record.estimator.name).load(), ExoGAN):
        raise HarnessError(
            f"Run {record.run_id} is one of '{record.estimator.name}', which draws no spectra; name a run of "
            "'exogan'."
        )
    return open_run(folder, device)


def _planet(fitted: FittedRun, planet: str | None) -> Observations:
    """One test planet of the run's challenge."""
    challenge = load(fitted.record.challenge.spec, fitted.record.challenge.options)
    if challenge.fingerprint != fitted.record.challenge.fingerprint:
        raise HarnessError(
            f"{challenge.spec} is not what run {fitted.record.run_id} was fitted on: its data have changed."
        )
    observations = challenge.test.observations
    ids = observations.names.tolist()
    if planet is None:
        return observations[:1]
    if planet not in ids:
        raise HarnessError(
            f"{challenge.spec} has no test planet '{planet}'{nearest_match(planet, ids)}; "
            f"the first is {ids[0]} and the last {ids[-1]}."
        )
    return observations[[ids.index(planet)]]


def _require_picture(output: Path) -> None:
    if output.suffix.lower() != ".png":
        raise HarnessError(f"{output} cannot be drawn: a reconstruction is a picture; name a .png with -o.")
    require_folder(output)


def _default_path(folder: Path, planet: str) -> Path:
    pictures = folder / FOLDER
    try:
        pictures.mkdir(exist_ok=True)
    except OSError as error:
        raise HarnessError(
            f"The folder {pictures} cannot be made ({error.strerror}); name another place for the picture "
            "with -o."
        ) from error
    return pictures / f"{planet}.png"


def _draw(fitted: FittedRun, seen: Observations, found: Reconstruction, path: Path) -> None:
    schema, count = fitted.schema, int(found.masked.sum())
    view = SpectrumView(
        title=seen.title(0),
        facts=f"{count} of {len(found.masked)} channels filled in by run {fitted.record.run_id}",
        wavelength=np.array(schema.wavelength),
        width=np.array(schema.width),
        depth=seen.spectrum[0].double().numpy(),
        depth_label="observed",
        quantity=of_depth(schema),
        noise=seen.noise[0].double().numpy(),
    )
    mean, spread = found.mean.double().numpy(), found.spread.double().numpy()
    write_picture(reconstruction_figure(view, found.masked.numpy(), mean, spread), path)


def _document(fitted: FittedRun, seen: Observations, found: Reconstruction, path: Path) -> dict[str, Any]:
    channels = found.masked.nonzero().flatten().tolist()
    return {
        "run": fitted.record.run_id,
        "planet": seen.title(0),
        "unit": fitted.schema.spectrum_unit,
        "channels": [
            {
                "wavelength_um": fitted.schema.wavelength[channel],
                "observed": float(seen.spectrum[0, channel]),
                "noise": float(seen.noise[0, channel]),
                "reconstructed": float(found.mean[channel]),
                "spread": float(found.spread[channel]),
            }
            for channel in channels
        ],
        "picture": str(path.absolute()),
    }


def _show(fitted: FittedRun, seen: Observations, found: Reconstruction, path: Path) -> None:
    quantity = of_depth(fitted.schema)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    unit = f" [{quantity.unit}]" if quantity.unit else ""
    for column in (
        "wavelength [µm]",
        f"observed{unit}",
        "noise",
        f"reconstructed{unit}",
        "spread",
        "off by",
    ):
        table.add_column(column, justify="right", no_wrap=True)
    for channel in found.masked.nonzero().flatten().tolist():
        observed, noise = float(seen.spectrum[0, channel]), float(seen.noise[0, channel])
        mean, spread = float(found.mean[channel]), float(found.spread[channel])
        numbers = [f"{quantity.factor * value:.4f}" for value in (observed, noise, mean, spread)]
        off = (mean - observed) / (noise**2 + spread**2) ** 0.5
        table.add_row(f"{fitted.schema.wavelength[channel]:.3f}", *numbers, f"{off:+.1f} σ")
    console = PlainConsole()
    console.print(styled((seen.title(0), "bold"), f" by run {fitted.record.run_id}"))
    console.print(table)
    console.print(printable(str(path)), soft_wrap=True)
