"""What a product team watches about an assistant, and the brake and the wheel."""
