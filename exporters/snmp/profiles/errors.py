"""What is wrong with a profile."""


class ProfileError(Exception):
    """A profile can't be used; the text is `file:line: what is wrong, what would be right`."""
