"""The only room that talks to the Hugging Face Hub.

The transfer of a file is our own, by choice: resumed after a kill, cancelled within a block, checked against its checksum, pinned
to a commit; hf_hub_download (2.4) does none of the four.
"""
