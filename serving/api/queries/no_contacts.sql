cross join (
    values (null::text, null::text, null::text, null::text)
) as contact (phone_1, phone_2, fax, email)
cross join (values (null::text)) as absent (phone)
