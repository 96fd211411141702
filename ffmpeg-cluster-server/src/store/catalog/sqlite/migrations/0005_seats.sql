-- The device by which a lease is encoded, as JSON; none: no device.
ALTER TABLE leases ADD COLUMN seat TEXT;
