"""The built browser client, served from one folder. No page is made here but the one that says the client is missing."""

from pathlib import Path

from aiohttp import web

NOT_BUILT_PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<title>网上开庭 · Online hearings</title>
<h1>网页还没有生成</h1>
<p>服务器已经启动，但是浏览器页面还没有生成。请在项目目录里运行 <code>make client</code>，然后刷新本页。</p>
<h1 lang="en">The pages are not built yet</h1>
<p lang="en">The server is running, but its browser pages have not been built. Run <code>make client</code> in the project
folder, then reload this page.</p>
"""

IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose name changes whenever their content does."""
REVALIDATE = "no-cache"


class ClientFiles:
    """Serves ``dist``: ``index.html`` for ``/``, everything else by its path. A file ``name.gz`` beside ``name`` is sent
    to browsers that take gzip."""

    def __init__(self, dist: Path) -> None:
        self._dist = dist

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"] or "index.html"
        file = self._find(path)
        if file is None:
            if path == "index.html":
                return web.Response(text=NOT_BUILT_PAGE, content_type="text/html", status=503)
            raise web.HTTPNotFound
        cache = IMMUTABLE if path.startswith("assets/") else REVALIDATE
        return web.FileResponse(file, headers={"Cache-Control": cache})

    def _find(self, path: str) -> Path | None:
        """The file a request path names, or None: nothing outside the folder, nothing hidden, no symbolic link."""
        parts = path.split("/")
        if any(part in {"", "..", "."} or part.startswith(".") or "\0" in part or "\\" in part for part in parts):
            return None
        file = self._dist.joinpath(*parts)
        try:
            if file.resolve(strict=True) != self._dist.resolve() / Path(*parts) or not file.is_file():
                return None
        except (OSError, RuntimeError, ValueError):
            return None
        return file
