"""Whether a statement of an archive can run nothing but what is known to be harmless.

A label proves nothing: under `TABLE` any SQL may stand, and pg_restore sends it. So what counts is what is
sent, and only what is understood counts as harmless: a statement begins as a few are known to, stays clear of
what belongs to the server, and calls no function but those listed here. The rest is told as code. Told as
code, too, is what merely looks odd (a backslash in a string, a comment): nobody is kept from anything by that
but asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<space>[ \t\n\r\f\v]+)
      | (?P<string>'(?:[^'\\\0]|'')*')
      | (?P<quoted>"(?:[^"\\\0]|"")+")
      | (?P<word>[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_$\u0080-\U0010ffff]*)
      | (?P<number>[0-9][0-9A-Za-z_.]*)
      | (?P<sign>[](),.;:\[+*/<>=~!@%^|&?#-])""",
    re.VERBOSE,
)
_BLANK = re.compile(r"\s")
_UNCLEAR = re.compile(r"--|/\*|[uU]&['\"]")
"""Comments, and names whose letters are spelt out: outside of strings no pg_dump writes them there."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NUMBER = "0"
"""What stands in a shape for every number."""

_NAME = r"""(?:"(?:[^"]|"")+"|[^\s"().,;'0]\S*)"""
_OWN = rf"(?!(?:pg_|information_schema\b|\"pg_|\"information_schema\")){_NAME}"
"""The name of a schema that is not the server's own."""
_RELATION = rf"{_OWN} \. {_NAME}"
_NAMES = rf"{_NAME}(?: , {_NAME})*"

_COPY = re.compile(rf"copy {_RELATION}(?: \( {_NAMES} \))? from stdin")

_GRANT = r"(?:grant|revoke) (?!.*').*? on"
"""Without a string; that is looked for once, not from each `on` to the end."""

_INERT = tuple(
    re.compile(pattern)
    for pattern in (
        r"comment on (?!(?:database|role|tablespace|subscription) )[^']* is (?:'\S*|null)",
        rf"{_GRANT} schema {_OWN} (?:to|from) .*",
        rf"{_GRANT} large object 0 (?:to|from) .*",
        rf"{_GRANT} (?:table|sequence|type) {_RELATION} (?:to|from) .*",
        rf"{_GRANT} (?:function|procedure) {_RELATION} \( (?:[^()]* )?\) (?:to|from) .*",
        r"alter default privileges .*",
        rf"refresh materialized view (?:concurrently )?{_RELATION}",
        rf"create schema {_OWN}",
        rf"drop schema (?:if exists )?{_OWN}",
        rf"drop (?:table|view|materialized view|index|sequence|type|domain|statistics|collation)"
        rf" (?:if exists )?{_RELATION}",
        rf"drop policy (?:if exists )?{_NAME} on {_RELATION}",
        rf"drop publication (?:if exists )?{_NAME}",
        rf"drop text search configuration (?:if exists )?{_RELATION}",
        r"select pg_catalog \. set_config \( 'search_path' , '' , false \)",
        r"select pg_catalog \. lo_(?:create|unlink) \( '[0-9]+' \)",
        r"select pg_catalog \. setval \( '\S+' , 0 , (?:true|false) \)",
    )
)
"""Statements in which no expression can stand, whole, and which stay within the database: what a comment says
of another one may be taken for a mark of ours."""

_EXPRESSIVE = re.compile(
    r"(?:create (?:unlogged )?table|alter table|create sequence|alter sequence|create (?:unique )?index"
    r"|alter index|create type \S+ \. \S+ as|create domain|alter domain|create (?:or replace )?view"
    r"|alter view|(?:create|alter) (?:materialized view|statistics|text search configuration|publication)"
    r"|create collation|create policy|select \* from pg_catalog \. pg_restore_(?:relation|attribute)_stats) "
)
"""Beginnings of those that may hold expressions: defaults, checks, keys of indexes, queries of views."""

_NAMED_AFTER = _words("""
    ) collation configuration copy domain exists of only ordinality recursive references statistics
    table type view with
""")
"""After these a name followed by a parenthesis is a relation's, an alias or the like, and no call."""

_WORDS = _words("""
    add all and any array as between bit bpchar brin btree by case cast char character check cluster
    columns conflict constraint dec decimal default distinct else enum except exclude exists extract
    filter float foreign from generated gin gist group grouping hash having identity in include
    inherits int8 intersect interval is isnull join key lateral like limit list materialized not
    notnull null nulls numeric of offset on only options or order over partition precision primary
    range recursive references reset row rows second select set sets similar some spgist stored
    table then time timestamp timestamptz to type union unique using value values varbit varchar
    varying view when where window with within
""")
"""Words of the grammar, types and access methods, which take a parenthesis and are no calls."""

_HARMLESS = _words("""
    abs age array_agg array_append array_cat array_length array_lower array_position array_prepend
    array_remove array_to_json array_to_string array_upper ascii avg bit_and bit_length bit_or
    bool_and bool_or btrim cardinality ceil ceiling char_length character_length chr clock_timestamp
    coalesce concat concat_ws count cume_dist current_database current_schema current_setting
    currval date_bin date_part date_trunc daterange decode dense_rank div encode every exp extract
    factorial first_value floor format_type gcd gen_random_uuid generate_series greatest initcap
    int4range int8range isempty isfinite json_agg json_array_length json_build_array
    json_build_object json_object_agg json_typeof jsonb_agg jsonb_array_elements
    jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each
    jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_object_agg jsonb_object_keys
    jsonb_set jsonb_strip_nulls jsonb_typeof justify_days justify_hours justify_interval lag
    last_value lcm lead least left length ln log lower lower_inc lower_inf lpad ltrim make_date
    make_interval make_time make_timestamp make_timestamptz max md5 min mod mode nextval now
    nth_value ntile nullif num_nonnulls num_nulls numrange octet_length overlay percent_rank
    percentile_cont percentile_disc pg_restore_attribute_stats pg_restore_relation_stats
    phraseto_tsquery plainto_tsquery position power radians random rank regexp_replace
    regexp_split_to_array regexp_split_to_table repeat replace reverse right round row_number
    row_to_json rpad rtrim setweight sha224 sha256 sha384 sha512 sign split_part sqrt starts_with
    statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array strip strpos substr
    substring sum timezone to_char to_date to_hex to_json to_jsonb to_number to_timestamp to_tsquery
    to_tsvector transaction_timestamp translate trim trunc ts_rank tsrange tstzrange unnest upper
    upper_inc upper_inf uuidv4 uuidv7 var_pop var_samp variance width_bucket
""")
"""PostgreSQL's own that compute a value and do nothing else."""

_SERVERS_OWN = re.compile(r"\"?pg_(?!(?:catalog|lsn|snapshot|c_utf8)\b)")
"""Whatever is not the schema itself, a type or a collation."""


def harm_of(text: str, *, is_copy: bool = False) -> str:
    """Why what pg_restore would send may run code, as the end of a sentence; empty when it cannot.

    `is_copy`: it is the statement that the rows of a table follow.
    """
    for statement in _statements(text):
        if statement is None:
            return "holds what cannot be read"
        shape = " ".join(statement)
        if is_copy:
            if not _COPY.fullmatch(shape):
                return "fills what is no table of its own"
        elif not any(inert.fullmatch(shape) for inert in _INERT):
            if not _EXPRESSIVE.match(shape):
                return "does more than its kind says"
            if called := next(_calls(statement), ""):
                return f"calls {called}"
            if touched := next(_touches(statement), ""):
                return f"touches {touched}"
    return ""


def _statements(text: str) -> Iterator[list[str] | None]:
    """The tokens of each, none with a blank in it: words in lower case, numbers as one; None: unreadable."""
    at, tokens = 0, list[str]()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or _UNCLEAR.match(text, at):
            yield None
            return
        at = match.end()
        piece = match[0]
        match match.lastgroup:
            case "space":
                continue
            case "word":
                tokens.append(piece.lower() if piece.isascii() else piece)
            case "number":
                tokens.append(NUMBER)
            case _ if piece == ";":
                if tokens:
                    yield tokens
                tokens = []
            case _:
                tokens.append(_BLANK.sub("_", piece))
    if tokens:
        yield tokens


def _calls(tokens: list[str]) -> Iterator[str]:
    """Functions that are called and not known to be harmless."""
    opened = list[int]()
    closed = 0
    """Where the parenthesis was opened that was closed last."""
    for index, piece in enumerate(tokens):
        if piece == ")":
            closed = opened.pop() if opened else 0
        if piece != "(":
            continue
        opened.append(index)
        begin = _begin_of_name(tokens, index)
        path = tokens[begin:index:2]
        before = tokens[begin - 1] if begin else ""
        # `DISTINCT ON (…)` is followed by what is selected, any other `)` by an alias.
        is_selected = before == ")" and tokens[max(0, closed - 2) : closed] == ["distinct", "on"]
        is_known = before in _NAMED_AFTER and not is_selected
        if path and not is_known and not _is_harmless(path):
            yield "".join(tokens[begin:index])


def _touches(tokens: list[str]) -> Iterator[str]:
    """Tables and views of the server's own.

    What a superuser makes of them others may be let read; and a query may write (`WITH … UPDATE`), too.
    """
    for index, piece in enumerate(tokens):
        if not _SERVERS_OWN.match(piece) or tokens[index + 1 : index + 2] == ["("]:
            continue
        schema = tokens[index - 2] if tokens[max(0, index - 1)] == "." else "pg_catalog"
        if schema.strip('"') == "pg_catalog":
            yield piece


def _begin_of_name(tokens: list[str], end: int) -> int:
    """Where the name begins that stands before the token `end`; there, when none does."""
    if end == 0 or not _is_name(tokens[end - 1]):
        return end
    begin = end - 1
    while begin >= 2 and tokens[begin - 1] == "." and _is_name(tokens[begin - 2]):
        begin -= 2
    return begin


def _is_name(piece: str) -> bool:
    return piece[0] in '"_' or piece[0].isalpha() or not piece[0].isascii()


def _is_harmless(path: list[str]) -> bool:
    name = path[-1]
    if len(path) == 1 and name in _WORDS:
        return True
    if path[:-1] not in ([], ["pg_catalog"]):
        return False
    return name.strip('"') in _HARMLESS
