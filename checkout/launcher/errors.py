"""What stops a start. The message is one line that says what is wrong and what to do about it."""


class LauncherError(Exception):
    """A start that cannot go on; shown to the person as it is, without a traceback."""


class FolderInUse(LauncherError):
    """Another instance works on the data folder."""
