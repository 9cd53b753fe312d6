left join contact_details as contact on establishment.cnpj = contact.cnpj
cross join (values ('')) as absent (phone)
