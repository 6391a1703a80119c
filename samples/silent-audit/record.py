"""A denial of which audit.log, busy with other things, says nothing."""

RULE = "-a always,exit -F arch=b64 -S execve -F uid=1234"


def record(story):
    story.open("/srv")
    with story.audit(RULE, form="ENRICHED"):
        story.trace(story.container("runc", ["mkdir", "/srv/data"], uid=1234))
    story.note(f"audit rule: `{RULE}`")
