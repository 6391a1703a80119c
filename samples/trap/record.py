"""mkdir answered by SIGSYS that nobody handles."""


def record(story):
    with story.audit():
        story.trace(story.container("crun", ["mkdir", "/srv/data"]))
