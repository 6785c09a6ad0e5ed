"""How the numbers and signs that belong to one person are written. What is matched is in lower case, half width."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from setright.intake.checkdigit import is_card, is_id_card, is_nhs, is_phone

Check = Callable[[re.Match[str]], bool]


class Rule(NamedTuple):
    """A kind, and how it is written; the group `value`, where there is one, is what to hide."""

    kind: str
    pattern: re.Pattern[str]
    check: Check | None = None
    as_written: bool = False  # capitals matter
    may_be_serial: bool = False  # not after "order no." and the like


NUMBER_RULES: Final = (
    Rule(
        "id card",
        re.compile(
            r"(?<![\da-z])(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])\d{4}[ -]?"
            r"(?:(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dx]|\d{2}(?:0[1-9]|"
            r"1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})(?![\da-z])"
        ),
        is_id_card,
        may_be_serial=True,
    ),
    Rule("id card", re.compile(r"身份证(?:号码?|件)?[是为:\s]{0,3}(?P<value>\d{15}(?:\d{2}[\dx])?)(?![\da-z])")),
    Rule(
        "bank card",
        re.compile(
            r"(?<![\d.a-z])(?:\d{4}[ -]?\d{6}[ -]?\d{5}|\d{4}(?:[ -]?\d{4}){2}(?:[ -]?\d{1,4}){1,2})(?![\da-z])"
        ),
        is_card,
        may_be_serial=True,
    ),
    Rule(
        "bank card",
        re.compile(
            r"(?:银行卡|卡号|账号|帐号|账户|card (?:no\.?|number)|account (?:no\.?|"
            r"number))[^\d\n]{0,8}(?P<value>\d{4}[\d -]{3,20}\d)"
        ),
    ),
    Rule(
        "nhs number",
        re.compile(
            r"(?:nhs[^\d\n]{0,20}(?P<near>)|(?<![\d-]))(?P<number>(?P<value>\d{3}(?(near)[ -]?|"
            r"[ -])\d{3}(?(near)[ -]?|[ -])\d{4}))(?![\d-])"
        ),
        is_nhs,
    ),
    Rule("ssn", re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")),
    Rule("ssn", re.compile(r"(?:ssn|social security)[^\d\n]{0,20}(?P<value>\d{3}[ -]?\d{2}[ -]?\d{4})(?!\d)")),
    Rule(
        "passport",
        re.compile(
            r"(?:护照|通行证|passport|reisepass)[^\d\n]{0,14}?(?P<value>(?<![a-z])(?:[a-z]{0,2}\d{6,9}[a-z]?|"
            r"[a-z](?=[a-z]{0,6}\d)[a-z\d]{7,8}))(?![\da-z])"
        ),
    ),
    Rule(
        "phone",
        re.compile(r"(?<![\d.])(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"),
        is_phone,
        may_be_serial=True,
    ),
    Rule(
        "phone",
        re.compile(
            r"(?<![\d.-])(?:\(0\d{2,3}\)|0(?:10|2\d|[3-9]\d{2}))[ -]?[2-9]\d{6,7}(?:(?:转|-|ext\.?) ?\d{1,6})?(?!\d)"
        ),
        is_phone,
        may_be_serial=True,
    ),
    Rule(
        "phone",
        re.compile(
            r"(?:电话|座机|手机|致电|联系方式|tel|phone|telefon|call me (?:on|at)|ring me on|text me on|mobile|"
            r"handy)[^\d\n+,，。]{0,12}(?P<value>(?!(?:19|20)\d{2}-\d{1,2}-)\+?\d[\d -]{5,15}\d)(?!\d)"
        ),
        is_phone,
    ),
    Rule(
        "phone",
        re.compile(r"(?<![\d.])\+\d{1,3}[ .-]?(?:\(0\)[ -]?)?(?:\(\d{1,4}\)[ -]?)?\d(?:[ ./-]?\d){6,13}(?!\d)"),
        is_phone,
    ),
    Rule(
        "phone",
        re.compile(
            r"(?<![\d.,/-])\(?0\d{2,4}\)?(?: ?/ ?|[ -])\d(?:[ -]?\d){4,8}(?![\d-])|(?<![\d.,/-])0(?:[1-9]\d{9}|"
            r"7\d{9}|1[5-7]\d{8,9})(?!\d)"
        ),
        is_phone,
        may_be_serial=True,
    ),
    Rule(
        "phone",
        re.compile(r"(?<![\d.-])(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[. -])[2-9]\d{2}[. -]\d{4}(?![\d-])"),
        is_phone,
        may_be_serial=True,
    ),
    Rule(
        "plate",
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-hj-z][·\s.-]?(?=[a-z]{0,5}\d)"
            r"(?:[a-hj-np-z0-9]{6}|[a-hj-np-z0-9]{4}[a-hj-np-z0-9挂学警港澳])(?![a-z0-9])"
        ),
    ),
    Rule(
        "plate",
        re.compile(r"(?<![A-Za-z\d])[A-HJ-PR-Y][A-HJ-PR-Y](?:0[2-9]|[1-7]\d) ?[A-HJ-PR-Z]{3}(?![A-Za-z\d])"),
        as_written=True,
    ),
    Rule(
        "plate",
        re.compile(
            r"(?:kennzeichen|number plate|registration|licen[cs]e plate)[^\d\n]{0,12}?"
            r"(?P<value>(?<![a-zäöü])[a-zäöü]{1,3}[- ][a-z]{1,2}[- ]?\d{1,4}[eh]?)(?![\da-z])"
        ),
    ),
    Rule("account", re.compile(r"(?:qq|扣扣|企鹅号)(?:号码?|群)?(?:[是为:]|\s){0,3}(?P<value>[1-9]\d{4,10})(?!\d)")),
    Rule(
        "account",
        re.compile(
            r"(?:微信|(?<![a-z\d/.])[vw]x|weixin|wechat|v信|威信)(?:号码?| ?id)?(?:[是为:]|\s|"
            r"is){0,4}(?P<value>(?=[a-z_-]{0,18}\d)[a-z0-9][a-z0-9_-]{4,19})(?![a-z0-9])"
        ),
    ),
    Rule(
        "postcode",
        re.compile(
            r"(?<![A-Za-z\d])[A-PR-UWYZ][A-HK-Y]?\d[A-HJKPS-UW\d]? \d(?!GB|TB)[ABD-HJLNP-UW-Z]{2}(?![A-Za-z\d])"
        ),
        as_written=True,
    ),
)
IBAN: Final = re.compile(r"(?<![a-z0-9])[a-z]{2}\d{2}(?:[ -]?[a-z0-9]){11,30}")
MAIL: Final = re.compile(
    r"(?<![a-z0-9._%+-])[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,6}\.[a-z]{2,24}"
)
SERIAL: Final = re.compile(
    r"(?:订单|单号|编号|流水|工单|快递|运单|货号|批号|案号|文号|条码|条形码|受理号|证书号?|合同号?|发票|order|"
    r"ref(?:erence)?|ticket|invoice|case|tracking|item|sku|isbn|model|bestell|"
    r"auftrag|rechnung|vorgang)[^\d，。;；\n]{0,12}$"
)
SERIAL_REACH: Final = 24
