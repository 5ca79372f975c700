"""The pictures on badges, drawn by hand for this project: lines on a grid of 48, three wide, round at their ends.

Each is an SVG fragment for a group that sets stroke and colour; `class`es and ids would clash where many stand on one
page, so there are none. `rules_engine.badges.ICONS` names them all.
"""

from __future__ import annotations

_PETAL = '<path d="M24 21c-5-2-8-9-4-14.5 2-2.5 6-2.5 8 0 4 5.5 1 12.5-4 14.5z" transform="rotate({} 24 25)"/>'

DRAWINGS: dict[str, str] = {
    "book": '<path d="M24 13c-5-4-11-5-18-4v27c7-1 13 0 18 4 5-4 11-5 18-4V9c-7-1-13 0-18 4z"/><path d="M24 13v27"/>'
    '<path d="M12 17c2.5 0 4.5.5 6.5 1.5M12 24c2.5 0 4.5.5 6.5 1.5M36 17c-2.5 0-4.5.5-6.5 1.5'
    'M36 24c-2.5 0-4.5.5-6.5 1.5"/>',
    "bridge": '<path d="M4 34h40M14 9v31M34 9v31"/><path d="M4 27c5-2 8-8 10-15 3 13 17 13 20 0 2 7 5 13 10 15"/>'
    '<path d="M24 22v12M19 20v14M29 20v14"/>',
    "chat": '<path d="M9 8h30a4 4 0 0 1 4 4v17a4 4 0 0 1-4 4H24l-10 8v-8H9a4 4 0 0 1-4-4V12a4 4 0 0 1 4-4z"/>'
    '<path d="M15 20.5h.01M24 20.5h.01M33 20.5h.01" stroke-width="5"/>',
    "compass": '<circle cx="24" cy="24" r="18"/><path d="M32 16l-5 11-11 5 5-11z"/><path d="M24 24h.01"/>',
    "flame": '<path d="M24 5c2 8 12 12 12 23a12 12 0 0 1-24 0c0-6 3-9 5-13 1 3 2 4 4 5 1-6 0-10 3-15z"/>'
    '<path d="M24 40c-3.5 0-5.5-2.5-5.5-5.5 0-3.5 3.5-5 4.5-8.5 3.5 2.5 6.5 5 6.5 8.5 0 3-2 5.5-5.5 5.5z"/>',
    "hands": '<path d="M24 19c-5-3.3-7-6-7-8.7a3.6 3.6 0 0 1 7-1.1 3.6 3.6 0 0 1 7 1.1c0 2.7-2 5.4-7 8.7z"/>'
    '<path d="M7 19v11c0 7 6 12 13 12v-7c0-4-2-6-4-8l-4-4"/><path d="M41 19v11c0 7-6 12-13 12v-7c0-4 2-6 4-8l4-4"/>',
    "heart": '<path d="M24 41C10 32 5 24.5 5 17.5a9.5 9.5 0 0 1 19-2 9.5 9.5 0 0 1 19 2c0 7-5 14.5-19 23.5z"/>'
    '<path d="M12 17.5a3 3 0 0 1 3-3"/>',
    "hibiscus": "".join(_PETAL.format(turn) for turn in (0, 72, 144, 216, 288))
    + '<path d="M24 25h.01" stroke-width="5"/>',
    "lantern": '<path d="M24 3v6M16 9h16M16 35h16M24 35v9M20 42l4-3 4 3"/>'
    '<path d="M16 9C7 15 7 29 16 35M32 9c9 6 9 20 0 26M21 9c-3.5 7-3.5 19 0 26M27 9c3.5 7 3.5 19 0 26"/>',
    "megaphone": '<path d="M34 8v32l-18-9h-5a5 5 0 0 1-5-5v-4a5 5 0 0 1 5-5h5z"/>'
    '<path d="M15 31l2 10h6l-2-7M16 17v14"/>'
    '<path d="M40 18a8 8 0 0 1 0 12"/>',
    "seedling": '<path d="M24 42V23M14 42h20"/><path d="M24 30C14 30 8 24 8 14c10 0 16 6 16 16z"/>'
    '<path d="M24 23c0-9 6-15 16-15 0 9-6 15-16 15z"/>',
    "star": '<path d="M24 6l5.6 11.6 12.7 1.7-9.3 8.8 2.3 12.6L24 34.5l-11.3 6.2 2.3-12.6-9.3-8.8 12.7-1.7z"/>',
    "sunrise": '<path d="M4 34h40M13 41h22"/><path d="M13 34a11 11 0 0 1 22 0"/>'
    '<path d="M24 8v8M9 15l5.5 5.5M39 15l-5.5 5.5"/>',
    "tea": '<path d="M8 19h26v8c0 7-5 11-13 11S8 34 8 27z"/><path d="M34 22h3a4.5 4.5 0 0 1 0 9h-3.5M9 43h24"/>'
    '<path d="M16 13c-2.5-2.5 2.5-4.5 0-8M26 13c-2.5-2.5 2.5-4.5 0-8"/>',
    "trophy": '<path d="M14 7h20v11c0 8-4 13-10 13s-10-5-10-13z"/>'
    '<path d="M14 11H6.5c0 8 3 12 8.5 12M34 11h7.5c0 8-3 12-8.5 12"/>'
    '<path d="M24 31v7M16 41h16"/>',
    "wau": '<path d="M24 4v40"/><path d="M5 16c6-6 13-6 19-2 6-4 13-4 19 2-6 6-13 7-19 4-6 3-13 2-19-4z"/>'
    '<path d="M11 28c1 8 6 13 13 13s12-5 13-13c-3 5-7 7-13 7s-10-2-13-7z"/><path d="M19 10l5-6 5 6"/>',
}
