"""mkdir under an allow-list that does not know it."""


def record(story):
    with story.audit():
        story.trace(story.container("crun", ["mkdir", "/srv/data"]))
