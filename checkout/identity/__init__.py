"""Who asks: storefronts with the origins they are known by, and the API keys they show. People and roles come later."""
