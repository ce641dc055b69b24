"""Who asks: storefronts with their origins and API keys; people with their roles, passwords, second factors, sessions."""
