"""Prompts that others trained: found by names and configuration, described, written as prompt folders (scan -> keys -> ...)."""

from ptlib.prompts.importing.found import Asked, Found, ImportedPrompt
from ptlib.prompts.importing.scan import find_prompts
from ptlib.prompts.importing.writing import import_prompts

__all__ = ["Asked", "Found", "ImportedPrompt", "find_prompts", "import_prompts"]
