"""一户一档 one file per business: the business and the facts that hang on it, each with the delivery it came from."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Entity(models.Model):
    """市场主体. `station` answers for it; labels (`risk_class`, `tags`) are reported back by rooms further on."""

    class State(models.TextChoices):
        ACTIVE = "active", "存续"
        SUSPENDED = "suspended", "歇业"
        REVOKED = "revoked", "吊销"
        DEREGISTERED = "deregistered", "注销"

    class Kind(models.TextChoices):
        COMPANY = "company", "企业"
        BRANCH = "branch", "分支机构"
        TRADER = "trader", "个体工商户"
        COOPERATIVE = "cooperative", "农民专业合作社"
        PUBLIC = "public", "事业单位及学校"

    id = models.BigAutoField(primary_key=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("名称", max_length=200)
    kind = models.CharField("主体类型", max_length=12, choices=Kind.choices)
    legal_person = models.CharField("法定代表人（经营者）", max_length=60, blank=True)
    established_on = models.DateField("成立日期", null=True)
    capital_wan = models.DecimalField("注册资本（万元）", max_digits=16, decimal_places=2, null=True)
    section = models.CharField("行业门类", max_length=1, blank=True)
    industry = models.CharField("行业代码", max_length=4, blank=True)
    scope_text = models.TextField("经营范围", blank=True)
    address = models.CharField("住所", max_length=300, blank=True)
    station = models.ForeignKey(
        "stations.Station", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    village_code = models.CharField("村居代码", max_length=12, blank=True)
    lon = models.FloatField("经度", null=True)
    lat = models.FloatField("纬度", null=True)
    phone = models.CharField("联系电话", max_length=30, blank=True)
    state = models.CharField("登记状态", max_length=12, choices=State.choices)
    approved_on = models.DateField("核准日期", null=True)
    tags = ArrayField(models.CharField(max_length=40), verbose_name="标签", default=list)
    risk_class = models.CharField("所内研判类别", max_length=1, blank=True)
    delivery = models.ForeignKey(
        "sources.Delivery", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source_row = models.BigIntegerField("来源行", default=0)

    class Meta:
        db_table = "registry_entity"


class Licence(models.Model):
    """食品经营、生产许可."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    licence_no = models.CharField("许可证编号", max_length=40, unique=True)
    kind = models.CharField("许可类别", max_length=20)  # food_sale | catering | food_production | canteen
    business_form = models.CharField("主体业态", max_length=60, blank=True)
    items = ArrayField(models.CharField(max_length=60), verbose_name="经营项目", default=list)
    area_m2 = models.FloatField("面积", null=True)
    diners = models.PositiveIntegerField("就餐人数", null=True)
    issued_on = models.DateField("发证日期", null=True)
    expires_on = models.DateField("有效期至", null=True)
    address = models.CharField("经营场所", max_length=300, blank=True)
    delivery = models.ForeignKey(
        "sources.Delivery", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source_row = models.BigIntegerField("来源行", default=0)

    class Meta:
        db_table = "registry_licence"


class Equipment(models.Model):
    """特种设备."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    equipment_no = models.CharField("使用登记证编号", max_length=40, unique=True)
    category = models.CharField("设备种类", max_length=24)
    # boiler | pressure_vessel | elevator | crane | vehicle | amusement | pipeline | ropeway
    variety = models.CharField("设备品种", max_length=60, blank=True)
    location = models.CharField("使用地点", max_length=300, blank=True)
    in_use_on = models.DateField("投用日期", null=True)
    next_inspection_on = models.DateField("下次检验日期", null=True)
    state = models.CharField("使用状态", max_length=12, default="in_use")  # in_use | stopped | scrapped
    delivery = models.ForeignKey(
        "sources.Delivery", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source_row = models.BigIntegerField("来源行", default=0)

    class Meta:
        db_table = "registry_equipment"


class AnnualReport(models.Model):
    """年报."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField("年度")
    filed_on = models.DateField("报送日期", null=True)
    employees = models.PositiveIntegerField("从业人数", null=True)
    delivery = models.ForeignKey(
        "sources.Delivery", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source_row = models.BigIntegerField("来源行", default=0)

    class Meta:
        db_table = "registry_annual_report"
        constraints = [models.UniqueConstraint(fields=["entity", "year"], name="one_report_a_year")]


class Complaint(models.Model):
    """投诉举报; who complained is never kept here."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    number = models.CharField("工单编号", max_length=40, unique=True)
    channel = models.CharField("渠道", max_length=20)  # 12315 | 12345 | other
    kind = models.CharField("类型", max_length=12)  # complaint | report
    category = models.CharField("内容分类", max_length=40)
    received_on = models.DateField("登记日期")
    state = models.CharField("状态", max_length=16)  # received | accepted | closed | rejected
    closed_on = models.DateField("办结日期", null=True)
    substantiated = models.BooleanField("属实", null=True)
    summary = models.TextField("内容", blank=True)
    delivery = models.ForeignKey(
        "sources.Delivery", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source_row = models.BigIntegerField("来源行", default=0)

    class Meta:
        db_table = "registry_complaint"


class PastInspection(models.Model):
    """检查记录 from before, or from another level."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    number = models.CharField("检查编号", max_length=40, unique=True)
    inspected_on = models.DateField("检查日期")
    level = models.CharField("检查机关级别", max_length=10)  # province | city | district | station
    field = models.CharField("检查领域", max_length=40)
    kind = models.CharField(
        "检查类型", max_length=12, default="routine"
    )  # routine | post_licence | special | other
    duty_codes = ArrayField(models.CharField(max_length=40), verbose_name="检查事项", default=list)
    result = models.CharField(
        "结果", max_length=20
    )  # passed | corrected | problems | closed_down | not_found
    problems = models.PositiveSmallIntegerField("问题数", default=0)
    delivery = models.ForeignKey(
        "sources.Delivery", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source_row = models.BigIntegerField("来源行", default=0)

    class Meta:
        db_table = "registry_past_inspection"


class Penalty(models.Model):
    """行政处罚."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    number = models.CharField("处罚决定书文号", max_length=60, unique=True)
    decided_on = models.DateField("决定日期")
    kind = models.CharField("处罚种类", max_length=40)
    cause = models.CharField("案由", max_length=120, blank=True)
    amount_yuan = models.DecimalField("罚没金额（元）", max_digits=14, decimal_places=2, null=True)
    delivery = models.ForeignKey(
        "sources.Delivery", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source_row = models.BigIntegerField("来源行", default=0)

    class Meta:
        db_table = "registry_penalty"


class School(models.Model):
    """学校、幼儿园."""

    entity = models.OneToOneField(Entity, on_delete=models.PROTECT, primary_key=True, related_name="+")
    kind = models.CharField(
        "办学类型", max_length=20
    )  # kindergarten | primary | secondary | vocational | university
    pupils = models.PositiveIntegerField("学生人数", null=True)
    has_canteen = models.BooleanField("有食堂", default=False)
    delivery = models.ForeignKey(
        "sources.Delivery", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source_row = models.BigIntegerField("来源行", default=0)

    class Meta:
        db_table = "registry_school"


class OpeningHours(models.Model):
    """营业时间 of a business, as far as somebody has noted them; without a row it may be entered at any hour of a working day."""

    entity = models.OneToOneField(Entity, on_delete=models.PROTECT, related_name="+")
    opens = models.PositiveSmallIntegerField("开门（零点起分钟）")
    closes = models.PositiveSmallIntegerField("关门（零点起分钟）")
    closed_on = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name="不营业的星期（周一为 0）", default=list
    )
    noted_at = models.DateTimeField("登记时间")
    noted_by = models.CharField("登记人", max_length=60)

    class Meta:
        db_table = "registry_opening_hours"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes__gt=models.F("opens"), closes__lte=24 * 60),
                name="opens_before_closing",
            ),
        ]


class SavedFilter(models.Model):
    """常用筛选."""

    account_id = models.BigIntegerField("账号")
    name = models.CharField("名称", max_length=60)
    query = models.JSONField("条件")
    created_at = models.DateTimeField("建立时间")

    class Meta:
        db_table = "registry_saved_filter"
        constraints = [models.UniqueConstraint(fields=["account_id", "name"], name="filter_name_once")]


class FacetCount(models.Model):
    """分面计数 kept, not counted: entities per unit and value, renewed after each load and labelling."""

    unit = models.CharField("单位", max_length=9)
    facet = models.CharField("分面", max_length=20)
    value = models.CharField("值", max_length=40)
    count = models.BigIntegerField("数")

    class Meta:
        db_table = "registry_facet_count"
        constraints = [models.UniqueConstraint(fields=["unit", "facet", "value"], name="facet_count_once")]


class Conflict(models.Model):
    """回避 an officer who must not go to a business, from a day on, until a day or until it is lifted."""

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+", db_index=False)
    officer = models.ForeignKey("stations.Officer", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("回避事由", max_length=200)
    from_on = models.DateField("起")
    until_on = models.DateField("止", null=True)
    declared_at = models.DateTimeField("登记时间")
    declared_by = models.CharField("登记人", max_length=60)
    lifted_at = models.DateTimeField("解除时间", null=True)
    lifted_by = models.CharField("解除人", max_length=60, blank=True)
    lifted_reason = models.CharField("解除原因", max_length=200, blank=True)

    class Meta:
        db_table = "registry_conflict"
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "officer"],
                condition=models.Q(lifted_at__isnull=True, until_on__isnull=True),
                name="one_open_conflict",
            ),
            models.CheckConstraint(
                condition=models.Q(until_on__isnull=True) | models.Q(until_on__gte=models.F("from_on")),
                name="conflict_ends_after_start",
            ),
        ]
        indexes = [models.Index(fields=["entity", "officer"], name="conflict_by_door")]
