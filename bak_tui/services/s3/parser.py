"""botocore's parser, held to one error whatever an answer looks like.

It takes what is there for what S3 would say: elements that are too deep or in each other's place, lengths
that are no numbers and encodings that nobody knows end in whatever Python raises. All of that is no S3.
Imported with botocore only.
"""

from __future__ import annotations

from typing import Any

from botocore.parsers import ResponseParserError, ResponseParserFactory, RestXMLParser

from bak_tui.services.s3.times import read_time

_BROKEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class GuardedParser(RestXMLParser):
    """Raises ResponseParserError for what is no answer of S3's; an error's code and message are texts."""

    def parse(self, response: Any, shape: Any) -> Any:
        try:
            parsed = super().parse(response, shape)
        except _BROKEN as error:
            raise ResponseParserError(f"the answer cannot be read: {type(error).__name__}") from error
        said = parsed.get("Error")
        if isinstance(said, dict):
            parsed["Error"] = {name: text for name, text in said.items() if isinstance(text, str)}
        return parsed


class GuardedParsers(ResponseParserFactory):
    """Makes those for S3; others for STS and SSO, which the credential chain may ask."""

    def create_parser(self, protocol_name: str) -> Any:
        if protocol_name != "rest-xml":
            return super().create_parser(protocol_name)
        return GuardedParser(timestamp_parser=read_time)
