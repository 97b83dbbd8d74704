"""Everything that comes from the Hugging Face Hub: the registered tasks and models, and how to fetch them.

registry, models, places, published_layout   data only, light to import
rows                                         rows of a source -> examples
download, remote, cache                      files and snapshots: resumable, pinned, checked
check, upload, overlap                       self-check, push, texts that two tasks share
"""
