"""What people type, checked; forms never write."""
