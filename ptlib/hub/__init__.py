"""The only room that talks to the Hugging Face Hub.

fetching       one file: resumed after a kill, cancelled within a block, checked against its checksum, pinned to a commit;
               hf_hub_download (2.4) does none of the four, so the transfer is our own, by choice
remote, cache  one short question, errors in plain words; the Hub's own layout on disk, and the pins
tables         files of strangers as tables
upload         push a folder
"""
