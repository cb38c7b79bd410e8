"""ClamAV: files of every channel are scanned for malware by clamd before anybody opens them."""
