"""Mail that owners write becomes tickets: `[mail_in]`."""
