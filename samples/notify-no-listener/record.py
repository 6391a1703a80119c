"""A call handed to a listener that is not there."""


def record(story):
    with story.audit():
        story.run(story.container("crun", ["mkdir", "/srv/data"]))
        story.trace(story.container("crun", ["mkdir", "/srv/data"]))
