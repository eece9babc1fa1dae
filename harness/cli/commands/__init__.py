"""The commands: their names, arguments, options and help, and what each calls.

What a command does stands beside this folder, in the module of its name where it is more than a few lines,
and is imported when the command is called: torch comes with most of it, and no help has to wait for that.
"""
