"""Twenty letters as campaigns send them, three to eight sentences each, and what people add of their own."""

from __future__ import annotations

ZH = (
    "我们小区建成已经二十多年，至今没有安装电梯。楼里住着三十多位七十岁以上的老人，上下楼只能扶着栏杆一步一步挪。"
    "去年冬天就有两位老人在楼道里摔倒骨折。恳请街道尽快启动加装电梯的工作，并公布每一栋楼的时间表。",
    "学校门口每天早晚高峰都被接送车辆堵得水泄不通。孩子们只能在车缝里穿行，家长看着心惊胆战。"
    "附近明明有一块闲置的空地，却一直用围挡围着。希望把空地改成临时停车场，同时安排交警在上下学时段值守。"
    "这件事我们已经反映了三年，每次都说在研究。请给一个明确的答复。",
    "夜里十一点以后，工地的打桩声和运土车的喇叭声依然响个不停。周围几栋楼的居民根本无法入睡，第二天还要上班上学。"
    "我们多次拨打热线，得到的回复都是已经转办。请主管部门依法处罚夜间施工，并把施工许可贴在工地门口。",
    "自从快速公交改线以后，我们这一片就没有一趟车能直达地铁站。老人去医院要倒两次车，路上要花一个半小时。"
    "请恢复原来的线路，或者增开一条接驳小巴。早晚高峰的发车间隔不要超过十分钟。"
    "站台上也没有遮雨棚和座椅，下雨天只能站在泥水里等车。这些都是很小的投入，却能解决几万人的出行难题。",
    "河道里的水又黑又臭，夏天连窗户都不敢开。上游的几家作坊把废水直接排进河里，大家都亲眼见过。"
    "请环保部门公布最近一年的水质检测结果，并关停偷排的作坊。",
    "今年冬天供暖以来，我家的室温从来没有超过十六度。供热公司派人来量过两次温度，每次都说管网正在调试。"
    "暖气费一分没少交，老人和孩子却要在屋里穿着羽绒服。要求供热公司退还不达标期间的费用。"
    "同时请住建部门对整个片区的换热站做一次彻底检修。检修的结果应当向全体住户公开。"
    "如果明年仍然不达标，我们将集体拒绝预缴费用。",
    "乡镇卫生院的医生越来越少，很多常见病都要跑到县城去看。一来一回车费就要六十块，还要耽误一整天的农活。"
    "希望让县医院的大夫每周下来坐诊两天，药品目录也跟县里统一起来。",
    "小区的垃圾分类点撤掉以后，楼下的垃圾常常堆到第二天中午。苍蝇和老鼠到处都是，孩子们都不愿意下楼玩。"
    "物业说清运由环卫负责，环卫又说归物业管理。我们不想再听互相推诿的说法。"
    "请城管部门牵头明确责任，并把清运次数增加到每天两次。收费标准和清运记录也要一并公示。"
    "我们愿意配合分类，只希望有人来收。",
    "村里的路灯坏了大半年没有人修，晚上出门全靠手电筒。上个月有位村民骑车掉进路边的水沟，缝了十几针。"
    "请尽快把全村的路灯检修一遍，并且指定一个固定的报修电话。",
    "我们是即将入学的孩子的家长，对新的学区划分方案有很大意见。同一条马路两侧的小区被划到了相距四公里的两所学校。"
    "方案公布之前没有开过一次听证会，也没有在社区张贴过公告。要求教育局公开划分所依据的数据和地图。"
    "要求暂缓执行新的方案，重新听取家长的意见。要求对已经买房落户的家庭设置三年过渡期。"
    "孩子上学是每个家庭最大的事情，不应当由几个人关起门来决定。请在本月底以前书面答复我们。",
)

EN = (
    "I am writing to object to the closure of the Riverside library. It is the only warm public room in our part "
    "of the town. Children do their homework there and older people come for company. Please keep it open at "
    "least four days a week.",
    "The new bus timetable has cut the evening service to one bus an hour. People who work late shifts now have "
    "to walk home along an unlit road. The operator made this change without asking a single passenger. We ask "
    "the council to restore the half hourly service until midnight. We also ask for a shelter at the station "
    "stop. A reply to this letter should be published for everyone to read.",
    "It has become impossible to see a doctor at the health centre. The telephone lines open at eight and every "
    "appointment is gone by five past. Please bring back booking in advance and hire another receptionist.",
    "The proposed cycle lane on Station Road stops two hundred metres short of the school. Parents will not let "
    "children ride if the last stretch is shared with lorries. Extend the lane to the school gate and lower the "
    "speed limit to twenty. Painted lines are not protection and we need proper kerbs. Every child should be able"
    " to get to class without being driven.",
    "Raw sewage was released into our river on more than ninety days last year. Swimmers have fallen ill and the "
    "fishing club has found dead trout along the bank. The water company keeps raising its bills while paying out"
    " dividends. I urge the regulator to fine the company for every single spill. I also urge you to publish live"
    " data from all overflow pipes. Those who pollute should pay for the clean up, not the customers.",
    "Our rents have gone up by a third in two years while the damp has never been repaired. Mould covers the "
    "bedroom walls of at least twelve flats in the block. The landlord answers no letters and sends nobody to "
    "look. Please inspect the building and use the powers you have to order repairs.",
    "The playground in Victoria Park has been fenced off since the spring. Broken glass and rusty swings are all "
    "that is left of it. Families on this estate have no gardens and nowhere else to go. We were promised new "
    "equipment before the summer holidays. Nothing has arrived and nobody at the council returns our calls. Set a"
    " date for the repairs and keep to it. Put up lights so that the paths are safe after dark. Involve the "
    "children in choosing what is built.",
    "School meals have shrunk to the point where children come home hungry. Portions are the same for a five year"
    " old and an eleven year old. We ask the caterer to publish the weight and the ingredients of every meal "
    "served. We ask the governors to let parents taste the food once a term.",
    "The field behind our houses has flooded four times since the new estate was built. The drains were laid for "
    "sixty homes and now serve two hundred. Insurers refuse to cover us and nobody will buy our homes. No further"
    " building should be allowed until the drainage has been doubled. The developer must pay for it as the "
    "permission required. We have photographs of every flood and will bring them to the meeting. Please confirm "
    "that an engineer will attend.",
    "Broadband in the valley drops out several times every working day. Small firms lose orders and pupils cannot"
    " hand in their work. The grant for fibre was announced three years ago and no cable has been laid. Tell us "
    "when the work will begin and who is responsible for the delay. Until then customers should not be charged "
    "the full price.",
)

ADDED_ZH = (
    "我母亲今年八十三岁，已经两个多月没有下过楼了。",
    "我在这里住了十二年，从来没有见过有人来管。",
    "上周三我亲自打过电话，接线员连记录都没有做。",
    "我家孩子因为这件事已经请了好几次假。",
    "我愿意出一部分钱，只要能把事情办好。",
    "附件里有我拍的照片，请务必看一看。",
)
ADDED_EN = (
    "My mother is eighty three and has not left the house since October.",
    "I have lived here for twelve years and never seen anyone look after it.",
    "Last Wednesday I rang about it myself and was cut off twice.",
    "My own son had to miss two days of lessons because of this.",
    "I would gladly pay a little more if it were done properly.",
    "I enclose the pictures that I took from my kitchen window.",
)
