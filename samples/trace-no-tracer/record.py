"""A call handed to a tracer that is not there, and to one that does not care."""


def record(story):
    with story.audit():
        story.run(story.container("crun", ["mkdir", "/srv/data"]))
        story.trace(story.container("crun", ["mkdir", "/srv/data"]))
