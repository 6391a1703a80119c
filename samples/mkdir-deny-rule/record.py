"""mkdir under a profile that permits everything and denies mkdir by name."""


def record(story):
    with story.audit():
        story.trace(story.container("crun", ["mkdir", "/srv/data"]))
