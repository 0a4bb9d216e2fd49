"""All settings, read from the environment. README.md has a table of every variable."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django_guid.integrations.celery import CeleryIntegration

from lerend import embedded
from lerend.environment import Environment
from lerend.providers import PROVIDERS

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(
    name=os.environ.get("LEREND_ENV", "production"),
    var=Path(os.environ.get("LEREND_VAR") or BASE_DIR / "var").absolute(),
)
if env.name not in {"local", "production"}:
    raise ImproperlyConfigured(f"LEREND_ENV is 'local' or 'production', not {env.name!r}.")
VAR_DIR = env.var

# --- Where it runs -----------------------------------------------------------
SITE_URL = env.text("SITE_URL", local="http://localhost:8000").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
if urlsplit(SITE_URL).scheme not in {"http", "https"} or not SITE_HOST:
    raise ImproperlyConfigured("SITE_URL must be a whole address, such as https://lerend.example.nl.")
HTTPS = SITE_URL.startswith("https://")
DEMO = env.local and env.flag("LEREND_DEMO")
DEBUG = env.local and env.flag("DEBUG")
ALLOWED_HOSTS = [SITE_HOST, *env.words("ALLOWED_HOSTS"), *(["localhost", "127.0.0.1"] if env.local else [])]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
PROXY_COUNT = env.number("PROXY_COUNT", 0)

# --- Secrets -----------------------------------------------------------------
SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ENCRYPTION_KEYS = [key.strip() for key in env.secret("ENCRYPTION_KEYS").split(",")]  # the first one writes, all read
MARK_KEY = env.secret("MARK_KEY")  # makes the one-way marks of unnamed contributions

# --- What it is made of ------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_prose_editor",
    "allauth",
    "allauth.account",
    "import_export",
    "allauth.mfa",
    "allauth.usersessions",
    "simple_history",
    "csp",
    "django_guid",
    "lerend",
    "lerend.mail",
    "organisations",
    "content",
    "sessions_app",
]
MIDDLEWARE = [
    "lerend.requests.believe_proxy",
    "django_guid.middleware.guid_middleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lerend.requests.log_request",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "organisations.second_factor.SecondFactorMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "content.views.showing.private_preview",
]
ROOT_URLCONF = "lerend.urls"
WSGI_APPLICATION = "lerend.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "lerend.context.site",
                "content.views.showing.preview",
            ],
            "builtins": ["lerend.templatetags.lerend_tags", "content.templatetags.content_tags"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database, broker, cache -------------------------------------------------
if os.environ.get("DATABASE_URL") or not env.local:
    DATABASES: dict[str, Any] = {
        "default": dj_database_url.parse(
            env.text("DATABASE_URL"), conn_max_age=env.number("DATABASE_MAX_AGE", 60), conn_health_checks=True
        )
    }
else:
    DATABASES = {"default": embedded.database(VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL", local=embedded.redis_url(VAR_DIR))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "lerend",
        "OPTIONS": {"pool_class": "lerend.embedded.cache.Pool"} if env.local else {},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # people stay signed in when the cache is gone
SESSION_COOKIE_AGE = 14 * 24 * 3600

CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = env.number("CELERY_SOFT_TIME_LIMIT", 240)
CELERY_TASK_TIME_LIMIT = env.number("CELERY_TIME_LIMIT", 300)
CELERY_TIMEZONE = "Europe/Amsterdam"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker may be away for a night
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "lerend.tasks.heartbeat", "schedule": 60, "options": {"expires": 60}},
    "deliver": {"task": "lerend.mail.tasks.deliver", "schedule": 60, "options": {"expires": 60}},
    "publish-due": {"task": "content.tasks.publish_due", "schedule": 60, "options": {"expires": 60}},
    "settle": {"task": "sessions_app.tasks.settle", "schedule": 24 * 3600},
    "tidy-organisations": {"task": "organisations.tasks.tidy", "schedule": 24 * 3600},
    "forget-sessions": {"task": "lerend.tasks.forget_sessions", "schedule": 24 * 3600},
    "settle-departures": {"task": "sessions_app.tasks.settle_departures", "schedule": 24 * 3600},
    "forget-guests": {"task": "sessions_app.tasks.forget_guests", "schedule": 24 * 3600},
    "forget-told": {"task": "sessions_app.tasks.forget_told", "schedule": 24 * 3600},
    "forget-seasons": {"task": "sessions_app.tasks.forget_seasons", "schedule": 24 * 3600},
    "close-surveys": {"task": "sessions_app.tasks.close_surveys", "schedule": 600, "options": {"expires": 600}},
    "chase-polls": {"task": "sessions_app.tasks.chase_polls", "schedule": 600, "options": {"expires": 600}},
    "tidy-mail": {"task": "lerend.mail.tasks.tidy", "schedule": 24 * 3600},
}

# --- Mail --------------------------------------------------------------------
EMAIL_PROVIDER = env.text("EMAIL_PROVIDER", "").lower()  # sends through its interface instead of by SMTP
if EMAIL_PROVIDER and EMAIL_PROVIDER not in PROVIDERS:
    raise ImproperlyConfigured(f"EMAIL_PROVIDER is one of {', '.join(PROVIDERS)}, not {EMAIL_PROVIDER!r}.")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "" if EMAIL_PROVIDER else None, local="localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 1025 if env.local else 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=not env.local)
EMAIL_USE_SSL = env.flag("EMAIL_USE_SSL")
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 10)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", local="Lerend Versterken <post@lerend.test>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
if EMAIL_PROVIDER:
    EMAIL_BACKEND = PROVIDERS[EMAIL_PROVIDER].backend
    # Keys, regions and what else a provider needs: each variable ANYMAIL_X is anymail's setting X.
    ANYMAIL = {"REQUESTS_TIMEOUT": EMAIL_TIMEOUT, **env.starting_with("ANYMAIL_")}
    if PROVIDERS[EMAIL_PROVIDER].events:
        env.text("ANYMAIL_WEBHOOK_SECRET")  # else anybody could tell us that an address fails
    INSTALLED_APPS.append("anymail")
MAIL_CLAIM_MARGIN = env.number("MAIL_CLAIM_MARGIN", 60)
MAIL_KEPT_DAYS = env.number("MAIL_KEPT_DAYS", 90)

# --- People ------------------------------------------------------------------
AUTH_USER_MODEL = "organisations.User"
AUTHENTICATION_BACKENDS = ["organisations.adapter.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "organisations.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "organisations.adapter.display_name"
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60  # as long as the outbox keeps a code: mail can be a while on its way
ACCOUNT_CHANGE_EMAIL = True  # one address a person; the new one counts once confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# Besides allauth's own. A whole organisation may come in from one address on one afternoon.
ACCOUNT_RATE_LIMITS = {
    "join": "5/h/ip",
    "invitation": "600/h/ip",
    "unsubscribe": "1200/h/ip",  # with one click it is a mail provider that asks, for many people
    "member_import": "60/h/user",
    "song_playing": "60/h/user",
    "mail_again": "60/h/user",
    "song_verse": "60/h/user",
    "paper": "300/h/ip",
    "guest": "60/h/ip",
    "guest_link": "30/h/user",
    "season": "60/h/user,200/d/user",
    "calendar_feed": "120/h/key",
    "calendar_feed_new": "30/h/user",
}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ALLAUTH_TRUSTED_PROXY_COUNT = PROXY_COUNT
MFA_ADAPTER = "organisations.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Lerend Versterken"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # who has a second factor may change their address; nobody makes their own account
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = env.local
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}  # as by password: a whole team can share one address

# --- Who runs it: the privacy page names them ----------------------------------
OPERATOR_NAME = env.text("OPERATOR_NAME", "", local="Niemand: dit is een proefomgeving met verzonnen mensen")
OPERATOR_CONTACT = env.text("OPERATOR_CONTACT", "")
OPERATOR_HOSTING = env.text("OPERATOR_HOSTING", "", local="Op de computer waarop deze proefomgeving draait.")

# --- Language and time: stored in UTC, spoken in Europe/Amsterdam --------------
LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Amsterdam"

# --- Static files ------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if env.local
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = env.local
WHITENOISE_AUTOREFRESH = env.local  # looked up when asked for, so that nothing is read beforehand

# --- Safety ------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# An upload is never a file on a disk: what is larger than this is not kept at all.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_ESCAPE_ILLEGAL_CHARS_ON_EXPORT = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF, NONCE],  # only where a page asks for one: the editor of rich text
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "payment",
        "usb",
    )
}

# --- Logs and reports of errors: never the text of a contribution, a token or an address ----
LOG_FORMAT = env.text("LOG_FORMAT", "plain" if env.local else "json")
if LOG_FORMAT not in {"json", "plain"}:
    raise ImproperlyConfigured(f"LOG_FORMAT is 'json' or 'plain', not {LOG_FORMAT!r}.")
DJANGO_GUID = {
    "GUID_HEADER_NAME": "X-Request-ID",
    "EXPOSE_HEADER": False,
    "INTEGRATIONS": [CeleryIntegration(use_django_logging=True)],  # else Celery has formats of its own
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "lerend.logs.Plain",
            "format": "{asctime} {levelname} {request_id} {name}: {message}",
            "style": "{",
        },
        "json": {
            "()": "lerend.logs.Json",
            "fmt": ["levelname", "name", "message", "request_id"],
            "rename_fields": {"levelname": "level", "name": "logger", "exc_info": "exception"},
            "timestamp": "time",
            "json_ensure_ascii": False,
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": []},  # Django's own would mail errors with all that was typed in the form
        "django.server": {"handlers": [], "propagate": False, "level": "CRITICAL"},  # it tells of whole addresses
        "django_guid": {"level": "ERROR"},
        "mail.log": {"level": "WARNING"},  # aiosmtpd's, which tells of each command, addresses included
    },
}
if SENTRY_DSN := env.text("SENTRY_DSN", ""):
    from lerend import reports

    reports.start(SENTRY_DSN, env.text("SENTRY_ENVIRONMENT", env.name))
