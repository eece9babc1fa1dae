"""Conditional densities of the parameters, given a context."""

from harness_npe.flows.catalogue import DENSITIES, build_density
from harness_npe.flows.density import ConditionalDensity

__all__ = ["DENSITIES", "ConditionalDensity", "build_density"]
