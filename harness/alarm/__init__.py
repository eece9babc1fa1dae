"""The alarm of every planet: is its spectrum unlike what a method learned from?"""

from harness.alarm.alarm import Alarm

__all__ = ["Alarm"]
