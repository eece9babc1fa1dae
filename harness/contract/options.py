"""What the options of any component must satisfy."""

from __future__ import annotations

from harness.contract.subject import Subject, require
from harness.errors import HarnessError


def check_options_have_defaults_and_help(subject: Subject) -> None:
    """every option has a default and a help text"""
    for name, field in subject.component.Options.model_fields.items():
        require(not field.is_required(), f"option '{name}' has no default")
        require(bool(field.description), f"option '{name}' has no description")


def check_unknown_option_is_refused(subject: Subject) -> None:
    """an unknown option is refused"""
    try:
        subject.component.parse_options({"no_such_option": 1})
    except HarnessError:
        return
    require(False, "Options accepts unknown names; derive it from Component.Options")


def check_summary_is_given(subject: Subject) -> None:
    """it is registered with a one-line summary"""
    summary = subject.registration.summary
    require(bool(summary) and "\n" not in summary, "register it with summary='...' of one line")


CHECKS = (
    check_options_have_defaults_and_help,
    check_unknown_option_is_refused,
    check_summary_is_given,
)
