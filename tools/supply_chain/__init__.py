"""What the product is made of besides its own code: licences, bill of materials, known faults."""
