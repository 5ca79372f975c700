"""The rules engine: what members did, folded into what they have earned.

Pure: the standard library and a JSON codec; no clock, no input or output, no database. `parse` turns a document into a
`Rulebook`, `fold` walks a member's timeline under the rulebooks in force and says which points, badges and tier that
member should have; it never looks at what is already booked. The same input always gives the same answer.
"""
