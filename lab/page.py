"""The sink's page: messages in, HTML out. Everything in a message is a stranger's text and is escaped."""

import re
from collections.abc import Sequence
from html import escape

from lab.messages import Message

CSP = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'"
"""Goes with the page as its Content-Security-Policy, which a mail's frame inherits: no picture is fetched from afar."""

# Slack's own link syntax, after escaping: <https://…|text>
_SLACK_LINK = re.compile(r"&lt;(https?://[^|\s]+?)\|(.+?)&gt;")

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #767676; --card: #fff; --page: #f3f4f6 }
@media (prefers-color-scheme: dark) { :root { --card: #1d2025; --page: #121417; --dim: #9aa0a6 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 42rem; padding: 1rem; font: 15px/1.45 system-ui, sans-serif; background: var(--page) }
header { display: flex; align-items: baseline; gap: .6rem; margin-bottom: 1rem }
h1 { font-size: 1.2rem; margin: 0; flex: 1 }
h2 { font-size: 1rem; margin: .2rem 0 .4rem; overflow-wrap: anywhere }
article { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--mark);
  border-radius: .5rem; padding: .7rem .9rem; margin-bottom: .8rem }
.email { --mark: #2f6fde } .slack { --mark: #8e44ad } .webhook { --mark: #16876b }
.meta, .empty, summary { color: var(--dim); font-size: .85rem; overflow-wrap: anywhere }
p, pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font: inherit }
pre { font: 12px/1.4 ui-monospace, monospace; margin-top: .4rem }
iframe { width: 100%; height: 24rem; border: 1px solid var(--line); border-radius: .3rem; background: #fff;
  resize: vertical; overflow: auto; color-scheme: light }
button { font: inherit; font-size: .85rem; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: .4rem;
  background: var(--card); color: inherit; cursor: pointer }
"""

# Reloads only when something came, so that what is being read stays where it is.
_SCRIPT = """
const shown = document.body.dataset.revision;
setInterval(async () => {
  try { if ((await (await fetch("/revision")).text()) !== shown) location.reload(); } catch { /* the lab is down */ }
}, 2000);
document.querySelector("button")?.addEventListener("click", async () => {
  await fetch("/inbox", {method: "DELETE"}); location.reload();
});
"""


def render(messages: Sequence[Message], revision: str) -> str:
    """The page with the messages (oldest first), newest on top."""
    cards = "\n".join(map(_card, reversed(messages)))
    count = f"{len(messages)} message{'' if len(messages) == 1 else 's'}"
    empty = '<p class="empty">Nothing yet. Break something: <code>sotpctl lab break DEVICE</code></p>'
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>({len(messages)}) Lab inbox</title>
<noscript><meta http-equiv="refresh" content="5"></noscript>
<style>{_STYLE}</style></head>
<body data-revision="{escape(revision)}">
<header><h1>Lab inbox</h1><span class="meta">{count}</span>{"<button>Empty</button>" if messages else ""}</header>
{cards or empty}
<script>{_SCRIPT}</script>
</body></html>
"""


def _card(message: Message) -> str:
    channel, time = (escape(str(message.get(key, ""))) for key in ("channel", "time"))
    to = escape(", ".join(map(str, message.get("to", ()))))
    subject = escape(str(message.get("subject", ""))) or "(no subject)"
    link = str(message.get("link", ""))
    if link.startswith(("http://", "https://")):
        subject = f'<a href="{escape(link)}" rel="noreferrer" target="_blank">{subject}</a>'
    return f"""<article class="{channel}">
<div class="meta">{channel}{f" → {to}" if to else ""} · <time>{time}</time></div>
<h2>{subject}</h2>
{_body(message)}
</article>"""


def _body(message: Message) -> str:
    text = escape(str(message.get("text", "")))
    if message.get("channel") == "slack":
        text = _SLACK_LINK.sub(r'<a href="\1" rel="noreferrer" target="_blank">\2</a>', text)
    if "html" not in message:
        return f"<p>{text}</p>"
    # No scripts, no origin; its links open beside the page.
    document = escape(f'<base target="_blank">{message["html"]}')
    frame = (
        f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="{document}" title="the mail"></iframe>'
    )
    return frame + (f"<details><summary>as text</summary><pre>{text}</pre></details>" if text else "")
