"""Everything that comes from the Hugging Face Hub: the registered tasks and models, and how to fetch them.

registry (sentiment, pairs, generation), places   the tasks, as data
models, published_layout                          the backbones and the published prompts' layout, as data
rows                                              rows of a source -> examples
download, fetching, remote, cache                 files and snapshots: resumable, pinned, verified
check, upload, overlap                            self-check, push, texts that two tasks share
"""
