"""Conditional densities of the parameters, given a context."""

from harness.training import ConditionalDensity
from harness_npe.flows.catalogue import DENSITIES, build_density

__all__ = ["DENSITIES", "ConditionalDensity", "build_density"]
