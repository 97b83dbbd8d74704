"""One's own tasks: a table and a short form, checked before they are accepted (forms -> checks -> stored)."""
