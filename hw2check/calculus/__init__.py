"""Values and derivatives of expression trees."""
