"""Tables over code points: what belongs to a word, what stands alone, which characters are one to the model."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

GAP, WORD, HAN, MARK = 0, 1, 2, 3
"""A gap parts tokens; word characters join into one; a Han character and a mark are tokens of their own."""

_BMP: Final = 0x10000
_MARKS: Final = "?!,.;:/…。、"
_SAME: Final = {"’": "'", "‘": "'", "？": "?", "！": "!", "，": ",", "；": ";", "：": ":", "（": " ", "）": " "}

_TRADITIONAL: Final = (
    "覺觉應应該该認认為为個个們们過过這这還还對对說说請请問问謝谢讓让車车會会來来時时間间開开關关發发費费員员業业"
    "計计機机構构稱称價价錢钱稅税險险駕驾駛驶證证執执照照規规範范違违處处罰罚無无沒没現现實实際际話话電电視视聽听"
    "讀读寫写學学習习師师醫医藥药護护務务質质量量標标準准優优點点較较雖虽並并與与於于從从後后前前邊边進进遠远近近"
    "選选擇择適适當当維维護护權权利利益益義义責责任任資资訊讯統统單单據据條条約约簡简單单複复雜杂難难題题類类總总"
    "結结給给絕绝經经濟济營营運运輸输鐵铁路路線线場场廠厂產产品品買买賣卖貴贵貨货購购貸贷負负財财貪贪賄贿賠赔"
    "損损壞坏壓压廣广廢废廳厅慮虑憂忧慣惯懷怀態态戶户擔担據据擾扰擴扩擋挡擁拥攔拦攜携斷断舊旧樂乐樓楼樣样橋桥檢检"
    "歡欢歲岁歷历氣气汙污決决況况淚泪測测滿满漲涨滯滞潔洁濁浊濕湿災灾煩烦熱热燈灯獎奖獨独獲获異异療疗盜盗監监盡尽"
    "礙碍禮礼種种穩稳窮穷競竞節节糧粮紅红紀纪級级細细終终組组網网緊紧緩缓編编練练縣县績绩織织罷罢聯联職职肅肃脫脱"
    "腦脑臟脏舉举艱艰藝艺蘭兰號号蟲虫衛卫衝冲補补裝装裡里製制見见覽览觀观討讨訓训託托設设許许訴诉診诊詐诈評评詢询"
    "試试詳详誠诚誤误調调談谈論论諮咨諾诺講讲識识議议譽誉豐丰貧贫販贩賓宾賺赚贊赞趕赶躍跃軟软載载輕轻輛辆辦办農农"
    "遞递遲迟遷迁達达鄉乡鄰邻醜丑銀银銷销錄录錯错鎮镇長长門门閉闭闊阔隊队階阶隨随隱隐雙双離离雲云靈灵靜静頂顶項项順顺"
    "須须預预頑顽領领頻频顏颜願愿顧顾顯显風风飛飞飯饭飲饮餐餐館馆馬马騎骑騙骗驗验髒脏體体鬆松鬧闹魚鱼麗丽麼么點点齊齐"
    "齡龄龍龙臺台灣湾國国園园圓圆圖图團团執执報报塗涂塊块牆墙壯壮夠够奪夺婦妇媽妈孫孙寬宽寶宝將将專专尋寻導导層层屬属島岛"
    "幹干幾几廁厕彈弹強强徑径復复徵征愛爱慘惨戲戏戰战拋抛採采換换揚扬搶抢搖摇敗败敵敌數数暫暂書书東东極极槍枪"
)


@lru_cache(maxsize=1)
def folded() -> NDArray[np.uint32]:
    """Code point → the one the model sees: full-width marks and the usual traditional characters brought home."""
    table = np.arange(_BMP, dtype=np.uint32)
    for source, target in _SAME.items():
        table[ord(source)] = ord(target)
    for source, target in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True):
        table[ord(source)] = ord(target)
    return table


@lru_cache(maxsize=1)
def classes() -> NDArray[np.uint8]:
    """Code point → GAP, WORD, HAN or MARK, for the basic plane."""
    table = np.fromiter((_class(chr(i)) for i in range(_BMP)), dtype=np.uint8, count=_BMP)
    table[0x3040:0x3100] = HAN
    table[0x3400:0xA000] = HAN
    table[0xF900:0xFB00] = HAN
    return table


def _class(char: str) -> int:
    if char in _MARKS:
        return MARK
    category = unicodedata.category(char)
    if category[0] in "LNM":
        return WORD
    return MARK if category == "So" else GAP
