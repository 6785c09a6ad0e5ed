"""Invented names: people, places, kinds of units. None of them is meant to be anybody or anywhere."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    words = text.split()
    return tuple(zip(words[::2], words[1::2], strict=True))


_SURNAMES: Final = _pairs(
    "梁 Liang 沈 Shen 顾 Gu 石 Shi 邓 Deng 冯 Feng 陶 Tao 何 He 韦 Wei 夏 Xia 段 Duan 姜 Jiang 吕 Lü 金 Jin 唐 Tang 莫 Mo "
    "侯 Hou 方 Fang 薛 Xue 董 Dong 钟 Zhong 尹 Yin 邵 Shao 马 Ma 熊 Xiong 付 Fu 钱 Qian 曹 Cao 许 Xu 贾 Jia 孟 Meng 潘 Pan "
    "谢 Xie 汪 Wang 邹 Zou 丁 Ding 余 Yu 卢 Lu 江 Jiang 萧 Xiao 邱 Qiu 覃 Qin 胡 Hu 黎 Li 田 Tian 宋 Song 蒋 Jiang 陆 Lu"
)
_GIVEN: Final = _pairs(
    "静 jing 怡 yi 知 zhi 远 yuan 明 ming 川 chuan 磊 lei 敏 min 立 li 新 xin 秀 xiu 英 ying 俊 jun 杰 jie 丽 li 伟 wei "
    "思 si 文 wen 斌 bin 志 zhi 海 hai 涛 tao 玉 yu 兰 lan 卫 wei 东 dong 晓 xiao 岚 lan 佳 jia 宁 ning 雪 xue 梅 mei "
    "永 yong 强 qiang 春 chun 燕 yan 建 jian 国 guo 倩 qian 瑞 rui 红 hong 鹏 peng 勇 yong 洁 jie 霖 lin 舒 shu 航 hang 越 yue"
)
_FIRST: Final = _pairs(
    "青 Qing 云 Yun 石 Shi 白 Bai 柳 Liu 松 Song 安 An 丰 Feng 平 Ping 望 Wang 鹿 Lu 竹 Zhu 桐 Tong 梅 Mei 南 Nan 东 Dong "
    "北 Bei 长 Chang 霁 Ji 曦 Xi 汀 Ting 沧 Cang 朔 Shuo 澄 Cheng 瀚 Han 岚 Lan 榆 Yu 枫 Feng 杏 Xing 荷 He 芦 Lu 苇 Wei "
    "鹭 Lu 雁 Yan 鹤 He 砚 Yan 墨 Mo 琴 Qin 棠 Tang 榕 Rong 槐 Huai 栗 Li 桑 Sang 禾 He 谷 Gu 泉 Quan"
)
_SECOND: Final = _pairs(
    "溪 xi 浦 pu 塔 ta 源 yuan 塘 tang 沙 sha 鸣 ming 岭 ling 泽 ze 屏 ping 湾 wan 渡 du 汀 ting 坞 wu 桥 qiao 台 tai 矶 ji "
    "洲 zhou 堰 yan 峪 yu 坪 ping 埠 bu 坳 ao 岗 gang 井 jing 滩 tan 陂 bei 墟 xu 川 chuan 和 he"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in Chinese and in English."""

    zh: str
    en: str


def person_name(rng: random.Random) -> Name:
    """Draw a person's name."""
    family, given = rng.choice(_SURNAMES), rng.sample(_GIVEN, 2 if rng.random() < 0.7 else 1)
    return Name(
        family[0] + "".join(zh for zh, _ in given), f"{family[1]} {''.join(en for _, en in given).capitalize()}"
    )


def places(rng: random.Random) -> list[Name]:
    """Every place there is, in an order of this demonstration's own."""
    found = [
        Name(front + first + second, f"{told}{en}{rest}" if not told else f"{told} {en}{rest}")
        for front, told in (("", ""), ("新", "New"), ("上", "Upper"), ("下", "Lower"))
        for first, en in _FIRST
        for second, rest in _SECOND
    ]
    plain = len(_FIRST) * len(_SECOND)
    short, long = found[:plain], found[plain:]
    rng.shuffle(short)
    rng.shuffle(long)
    return short + long


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of unit: what follows the place in its name, and the posts of its team's head and members."""

    zh: str
    en: str
    head: Name
    deputy: Name

    def named(self, place: Name) -> Name:
        return Name(place.zh + self.zh, f"{place.en} {self.en}")


@dataclass(frozen=True, slots=True)
class Sector:
    """Units of one field of work, under one roof."""

    code: str
    name: Name
    kinds: tuple[Kind, ...]


def _kind(zh: str, en: str, head: tuple[str, str], deputy: tuple[str, str]) -> Kind:
    return Kind(zh, en, Name(*head), Name(*deputy))


_OFFICE: Final = (("主任", "Head"), ("副主任", "Deputy head"))
_COMPANY: Final = (("总经理", "General manager"), ("副总经理", "Deputy manager"))
_BUREAU: Final = (("局长", "Director"), ("副局长", "Deputy director"))
_HOSPITAL: Final = (("院长", "Director"), ("副院长", "Deputy director"))
_SCHOOL: Final = (("校长", "President"), ("副校长", "Vice-president"))
PROVINCE: Final = _kind("省", "Province", ("省长", "Governor"), ("副省长", "Deputy governor"))
CITY: Final = _kind("市", "City", ("市长", "Mayor"), ("副市长", "Deputy mayor"))
COUNTY: Final = _kind("县", "County", ("县长", "County head"), ("副县长", "Deputy county head"))
SECTORS: Final = (
    Sector(
        "H",
        Name("卫生健康系统", "Health services"),
        (
            _kind("人民医院", "General Hospital", *_HOSPITAL),
            _kind("中医院", "Hospital of Chinese Medicine", *_HOSPITAL),
            _kind("疾病预防控制中心", "Disease Control Centre", *_OFFICE),
        ),
    ),
    Sector(
        "E",
        Name("教育系统", "Education"),
        (
            _kind("大学", "University", *_SCHOOL),
            _kind("师范学院", "Teachers’ College", *_HOSPITAL),
            _kind("职业学院", "Vocational College", *_HOSPITAL),
        ),
    ),
    Sector(
        "T",
        Name("交通运输系统", "Transport"),
        (
            _kind("公交公司", "Bus Company", *_COMPANY),
            _kind("港务公司", "Port Company", *_COMPANY),
            _kind("公路局", "Roads Office", *_BUREAU),
        ),
    ),
    Sector(
        "W",
        Name("公用事业", "Public utilities"),
        (
            _kind("供水公司", "Water Company", *_COMPANY),
            _kind("供热公司", "Heating Company", *_COMPANY),
            _kind("燃气公司", "Gas Company", *_COMPANY),
        ),
    ),
    Sector(
        "F",
        Name("金融系统", "Finance"),
        (
            _kind("银行", "Bank", *_COMPANY),
            _kind("信用社", "Credit Cooperative", *_OFFICE),
            _kind("保险公司", "Insurance Company", *_COMPANY),
        ),
    ),
    Sector(
        "G",
        Name("窗口单位", "Public offices"),
        (
            _kind("政务服务中心", "Service Centre", *_OFFICE),
            _kind("税务局", "Tax Office", *_BUREAU),
            _kind("市场监管局", "Market Office", *_BUREAU),
        ),
    ),
)
