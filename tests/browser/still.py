"""Windows whose pictures nobody draws. Layout, styles, keys and focus are reckoned without them, and they cost more than
all of these. Where somebody clicks, or a script waits for the next picture, a page needs an ordinary window."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

# Chrome DevTools Protocol, Target.createTarget: pictures are drawn when they are asked for, which nobody does. Of the
# headless shell alone; another browser draws them, and takes longer.
UNDRAWN = {"url": "about:blank", "enableBeginFrameControl": True}


def still_window(context: BrowserContext) -> Page:
    """A new page of the context. It is made past Playwright, which has no word for it, and handed over by it."""
    drawn = context.new_page()
    known = context.new_cdp_session(drawn).send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    assert context.browser is not None
    devtools = context.browser.new_browser_cdp_session()
    with context.expect_page() as made:
        devtools.send("Target.createTarget", {**UNDRAWN, "browserContextId": known})
    devtools.detach()
    drawn.close()
    page = made.value
    page.set_viewport_size({"width": 1280, "height": 900})
    return page
