"""How long a whole matrix takes on N devices, before anything is launched: its jobs, and a simulation of who does which."""
