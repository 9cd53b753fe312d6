"""The marketplace Mercado Livre, from its API into ``raw_mercadolivre``."""
