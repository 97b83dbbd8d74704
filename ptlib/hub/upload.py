"""Push a finished folder (a stock PEFT adapter with our metadata) to the Hub."""

from pathlib import Path

from ptlib.base.errors import BadInput, NotAvailable
from ptlib.hub import remote
from ptlib.hub.revisions import Repo


def push_folder(folder: Path, repo_id: str, *, private: bool = True, message: str = "Add a soft prompt") -> str:
    """Create the model repository if needed and upload every file of a folder in one commit; returns its address.

    Raises:
        BadInput: the folder is empty or the name is no repository name.
        NotAvailable: offline, unreachable, or not logged in.
    """
    repo = Repo(repo_id, "model")
    if not folder.is_dir() or not any(folder.iterdir()):
        raise BadInput(f"There is nothing to push in {folder}. Export the prompt first.")
    remote.prepare()
    check_may_push(repo)
    from huggingface_hub import HfApi

    api = HfApi(endpoint=remote.endpoint(), library_name="ptlib")
    try:
        api.create_repo(repo_id, private=private, exist_ok=True)
        done = api.upload_folder(repo_id=repo_id, folder_path=folder, commit_message=message)
    except Exception as error:
        raise remote.explain(error, repo) from error
    return str(done.commit_url)


def check_may_push(repo: Repo) -> None:
    """Raise NotAvailable while the offline switch is on."""
    if remote.offline():
        raise NotAvailable(
            f"Nothing is pushed to '{repo.id}' while the offline switch is on (PTLIB_OFFLINE or HF_HUB_OFFLINE). "
            "Turn it off and push again."
        )
