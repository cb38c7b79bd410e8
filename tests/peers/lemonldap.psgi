# LemonLDAP::NG's portal for the tests: an identity provider made of Lasso and Perl, which shares no code with ours.
use strict;
use warnings;
use Plack::Builder;
use Lemonldap::NG::Portal;

builder {
    enable 'Static', path => sub { s{^/static/}{} }, root => '/usr/share/lemonldap-ng/portal/htdocs/static';
    enable 'Static', path => sub { s{^/javascript/}{} }, root => '/usr/share/javascript';
    Lemonldap::NG::Portal->run( {} );
};
