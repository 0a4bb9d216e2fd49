"""People, organisations and teams in the admin. Nothing of a talk is ever here.

Who belongs where is only seen here: it changes on the pages of the organisation, where the rules hold, nobody gives
themselves access, and each change is written in the trail that its bestuurder reads.
"""

from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from lerend.lookups import NoHiddenLookups
from organisations import second_factor
from organisations.domain import audit
from organisations.models import Action, Membership, Organisation, Team, TeamMembership, User

admin.site.site_header = admin.site.site_title = "Beheer van Lerend Versterken"
admin.site.index_title = "Wat wil je beheren?"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister((Authenticator, UserSession))  # nobody makes a key for another, or reads where they were


class PersonCreationForm(AdminUserCreationForm):
    """Adds a person; without a password they sign in by a code by mail."""

    class Meta:
        model = User
        fields = ("email", "name")


class PersonChangeForm(UserChangeForm):
    """Changes a person."""

    class Meta:
        model = User
        fields = "__all__"


class SeenOnly:
    """What may be looked at here and changed elsewhere."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, here."""
        return False


class MembershipInline(SeenOnly, admin.TabularInline):
    """The organisations of a person."""

    model = Membership
    extra = 0
    fields = readonly_fields = ("organisation", "role", "since")
    show_change_link = True


@admin.register(User)
class PersonAdmin(NoHiddenLookups, UserAdmin):
    """People with an account."""

    form = PersonChangeForm
    add_form = PersonCreationForm
    inlines = (MembershipInline,)
    list_display = ("name", "email", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "groups")
    search_fields = ("name", "email")
    ordering = ("name_sorted",)
    readonly_fields = ("date_joined", "last_login")
    actions = ("take_factors_away",)
    autocomplete_fields = ("groups",)
    filter_horizontal = ("user_permissions",)
    fieldsets = (
        (None, {"fields": ("name", "email", "password")}),
        ("Wat mag deze persoon", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Wanneer", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)

    @admin.action(description="Haal passkeys, code-app en herstelcodes weg (alles kwijt)", permissions=["take_away"])
    def take_factors_away(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Let people who lost their device and their codes start again, once it is sure that it is them who ask."""
        for person in people:
            second_factor.take_away(person)
        self.message_user(request, "De extra stap is weggehaald. Ze zijn overal uitgelogd en krijgen er mail over.")

    def has_take_away_permission(self, request: HttpRequest) -> bool:
        """Only a superuser."""
        return bool(request.user.is_superuser)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only a superuser says what somebody may do: nobody raises themselves or another."""
        rights = ("is_staff", "is_superuser", "groups", "user_permissions")
        return self.readonly_fields if request.user.is_superuser else (*self.readonly_fields, *rights)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only a superuser changes (the address or password of) somebody who may do more than they."""
        if obj and (obj.is_superuser or obj.is_staff) and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody: the page that asks for it lists what somebody wrote and took part in. Deactivate instead."""
        return False


class TeamInline(SeenOnly, admin.TabularInline):
    """The teams of an organisation."""

    model = Team
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(NoHiddenLookups, admin.ModelAdmin):
    """Organisations and their teams. They come in by a request to join; here a name can be corrected."""

    inlines = (TeamInline,)
    list_display = ("name", "municipality", "team_count")
    ordering = ("name",)  # said here, as counting the teams drops the order of the model
    search_fields = ("name", "municipality")
    readonly_fields = ("smallest_group", "contact")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: an organisation asks to join, and comes with its first bestuurder."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:
        """Nobody: what people shared hangs on it."""
        return False

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:
        """Write the correction in the trail."""
        super().save_model(request, obj, form, change)
        audit.note(obj, Action.ORGANISATION_CHANGED, by=cast(User, request.user))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        """Organisations with the number of their teams."""
        organisations: QuerySet[Organisation] = super().get_queryset(request)
        return organisations.annotate(teams_total=Count("teams"))

    @admin.display(description="teams", ordering="teams_total")
    def team_count(self, organisation: Organisation) -> int:
        """How many teams it has."""
        return getattr(organisation, "teams_total", 0)


@admin.register(Team)
class TeamAdmin(SeenOnly, NoHiddenLookups, admin.ModelAdmin):
    """Teams."""

    list_display = ("name", "organisation", "closed_at")
    list_select_related = ("organisation",)
    search_fields = ("name", "organisation__name")


class TeamMembershipInline(SeenOnly, admin.TabularInline):
    """The teams of a member."""

    model = TeamMembership
    extra = 0


@admin.register(Membership)
class MembershipAdmin(SeenOnly, NoHiddenLookups, admin.ModelAdmin):
    """Who is in which organisation, with which roles."""

    inlines = (TeamMembershipInline,)
    list_display = ("user", "organisation", "role", "since")
    list_display_links = ("user",)
    list_select_related = ("user", "organisation")
    list_filter = ("role",)
    search_fields = ("user__name", "user__email", "organisation__name")
    ordering = ("organisation__name", "user__name_sorted")
