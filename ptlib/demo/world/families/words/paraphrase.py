"""Synonyms for question pairs and news pairs. Every inner tuple holds ways of saying one thing."""

ASK = (
    ("how do i", "how can i", "what is the best way to"),
    ("where do i", "where can i", "what is the best place to"),
    ("when should i", "what is the best time to", "what is the right time to"),
    ("why should i", "for what reason should i", "why is it good to"),
    ("how much does it cost to", "how expensive is it to", "how much money do i need to"),
)
ACTIONS: tuple[tuple[tuple[str, ...], tuple[tuple[str, ...], ...]], ...] = (
    (("repair", "fix", "mend"), (("a bike", "a bicycle"), ("a roof",), ("a sofa", "a couch"), ("a fridge", "a refrigerator"))),
    (("buy", "purchase", "get"), (("a used car", "an old car"), ("a house", "a home"), ("a sofa", "a couch"), ("a laptop",))),
    (("clean", "wash"), (("a carpet", "a rug"), ("a sofa", "a couch"), ("a fridge", "a refrigerator"), ("a tent",))),
    (("train", "teach"), (("a puppy", "a young dog"), ("a parrot",), ("a horse",))),
    (("sell",), (("a house", "a home"), ("a bike", "a bicycle"), ("a used car", "an old car"), ("a horse",))),
    (("study", "learn"), (("french",), ("medicine",), ("law",), ("maths", "mathematics"))),
    (("cook", "prepare", "make"), (("lentil soup", "a soup with lentils"), ("rice",), ("pancakes",), ("dumplings",))),
    (("paint",), (("a wall",), ("a roof",), ("a fence",), ("a bike", "a bicycle"))),
    (("rent",), (("a boat",), ("a flat", "an apartment"), ("a tent",), ("a house", "a home"))),
)
EXTRAS = (
    ("",),
    ("as a beginner", "as a novice"),
    ("in winter", "during the winter"),
    ("with little money", "on a small budget"),
    ("on my own", "without help"),
    ("in a city", "in a big town"),
    ("for my parents", "for my mother and father"),
)

SPEAKERS = ("mayor", "minister", "council", "president", "police", "court", "governor", "senate")
NEWS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("the strike", ("announced", "declared"), ("ended", "stopped")),
    ("the tunnel", ("blocked", "barred"), ("reopened", "cleared")),
    ("the new law", ("defended", "backed"), ("attacked", "condemned")),
    ("the protest", ("allowed", "permitted"), ("banned", "prohibited")),
    ("the tax", ("raised", "increased"), ("cut", "lowered")),
    ("the prisoner", ("freed", "released"), ("arrested", "jailed")),
    ("the festival", ("launched", "opened"), ("postponed", "delayed")),
    ("the goalkeeper", ("thanked", "praised"), ("blamed", "criticised")),
    ("the rumour", ("confirmed", "verified"), ("denied", "disputed")),
    ("the letter", ("answered", "acknowledged"), ("ignored", "overlooked")),
)
