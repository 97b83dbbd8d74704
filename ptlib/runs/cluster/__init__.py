"""Runs on several devices and machines: one driver serves the queue and writes the store, hands do the parts.

orders      what goes to a hand and comes back: plain data
parcel      what a part needs of a store, and what it made, as rows and files
hand        does one part at a time in a scratch store of its own; holds a loaded backbone
run         a claimed run, cut into parts
driver      claims, gives parts to hands, stores what comes, cancels, gives again what was lost
places      who works on what, for the pages
ray_pool    the hands are actors of a Ray cluster; the only file that knows Ray
"""
