"""What the SMS plugin registers."""

from budkavle import hookimpl
from budkavle_sms.settings import SmsSettings


@hookimpl
def budkavle_settings() -> type[SmsSettings]:
    """Give the type of `[plugins.sms]`."""
    return SmsSettings
